#include "tools/jobs.h"

#include "tools/command.h"
#include "tools/interrupt.h"

#include <pthread.h>
#include <stdlib.h>

enum { MAX_THREADS = 256 };

typedef enum item_state { WAITING, COMPLETE, LEFT } item_state;

struct crew {
    const pinna_jobs *jobs;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t next;        /* item to be begun */
    item_state *states; /* [n_items] */
};

/* Begin and end one item; false when there is none left. Called locked. */
static bool do_next(struct crew *crew)
{
    const pinna_jobs *jobs = crew->jobs;

    if (crew->next == jobs->n_items)
        return false;
    const size_t item = crew->next++;
    pthread_mutex_unlock(&crew->lock);
    const bool complete = !pinna_interrupted() && jobs->work(jobs->user, item);
    pthread_mutex_lock(&crew->lock);
    crew->states[item] = complete ? COMPLETE : LEFT;
    pthread_cond_signal(&crew->changed);
    return true;
}

static void *run_worker(void *argument)
{
    struct crew *crew = argument;

    pthread_mutex_lock(&crew->lock);
    while (do_next(crew))
        ;
    pthread_mutex_unlock(&crew->lock);
    return NULL;
}

/* Called locked. Without workers the calling thread does the work too. */
static size_t finish_in_order(struct crew *crew, size_t n_workers)
{
    const pinna_jobs *jobs = crew->jobs;
    size_t n_complete = 0;

    for (size_t item = 0; item < jobs->n_items; item++) {
        while (crew->states[item] == WAITING)
            if (n_workers == 0)
                do_next(crew);
            else
                pthread_cond_wait(&crew->changed, &crew->lock);
        if (crew->states[item] != COMPLETE)
            continue;
        n_complete++;
        if (jobs->finish) {
            pthread_mutex_unlock(&crew->lock);
            jobs->finish(jobs->user, item);
            pthread_mutex_lock(&crew->lock);
        }
    }
    return n_complete;
}

size_t pinna_jobs_run(const pinna_jobs *jobs)
{
    pthread_t threads[MAX_THREADS];
    size_t n_wanted = jobs->n_threads, n_workers = 0;
    struct crew crew = {.jobs = jobs,
                        .lock = PTHREAD_MUTEX_INITIALIZER,
                        .changed = PTHREAD_COND_INITIALIZER};

    if (jobs->n_items == 0)
        return 0;
    crew.states = calloc(jobs->n_items, sizeof *crew.states);
    if (!crew.states)
        return 0;

    if (n_wanted > jobs->n_items)
        n_wanted = jobs->n_items;
    if (n_wanted > MAX_THREADS)
        n_wanted = MAX_THREADS;
    while (n_wanted > 1 && n_workers < n_wanted &&
           pthread_create(&threads[n_workers], NULL, run_worker, &crew) == 0)
        n_workers++;

    pthread_mutex_lock(&crew.lock);
    const size_t n_complete = finish_in_order(&crew, n_workers);
    pthread_mutex_unlock(&crew.lock);
    for (size_t i = 0; i < n_workers; i++)
        pthread_join(threads[i], NULL);
    free(crew.states);
    return n_complete;
}

int pinna_jobs_exit_code(size_t n_items, size_t n_done, size_t n_failed)
{
    if (pinna_interrupted() && n_done < n_items)
        return PINNA_EXIT_INTERRUPTED;
    return n_failed > 0 || n_done < n_items ? PINNA_EXIT_INPUT
                                            : PINNA_EXIT_DONE;
}
