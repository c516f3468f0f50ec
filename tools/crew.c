#include "tools/crew.h"

#include "tools/progress.h"
#include "tools/stopwatch.h"

#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

/* Rounds between trials of the other way, few enough that they hardly cost; the
 * first comes early. */
enum { TRIAL = 50, FIRST_TRIAL = 5 };

/* What rounds have taken lately, in seconds; 0 before the first. */
typedef struct experience {
    double together, alone; /* by the clock, with helpers and without */
    double work;            /* CPU time of all items */
    size_t n_rounds;
} experience;

struct pinna_crew {
    void (*work)(void *user, size_t item);
    void *user;
    size_t n_items;
    pthread_mutex_t lock;
    pthread_cond_t begun; /* a round, or the end */
    pthread_cond_t ended; /* the last item of a round */
    size_t next, n_done;  /* items of this round */
    double work_ns;       /* CPU time of the items done */
    bool stop;
    experience past;
    size_t n_helpers;
    pthread_t helpers[];
};

/* As long as there are items left. Called locked. */
static void do_items(pinna_crew *crew)
{
    while (crew->next < crew->n_items) {
        const size_t item = crew->next++;
        pthread_mutex_unlock(&crew->lock);
        const double begin_ns = pinna_stopwatch_ns();
        crew->work(crew->user, item);
        const double work_ns = pinna_stopwatch_ns() - begin_ns;
        pthread_mutex_lock(&crew->lock);
        crew->work_ns += work_ns;
        if (++crew->n_done == crew->n_items)
            pthread_cond_signal(&crew->ended);
    }
}

static void *help(void *argument)
{
    pinna_crew *crew = argument;

    pthread_mutex_lock(&crew->lock);
    while (!crew->stop) {
        do_items(crew);
        if (!crew->stop)
            pthread_cond_wait(&crew->begun, &crew->lock);
    }
    pthread_mutex_unlock(&crew->lock);
    return NULL;
}

pinna_status pinna_crew_new(void (*work)(void *user, size_t item), void *user,
                            size_t n_items, size_t n_threads, pinna_crew **out)
{
    pinna_crew *crew = *out =
        calloc(1, sizeof *crew + n_threads * sizeof crew->helpers[0]);
    if (!crew)
        return PINNA_NO_MEMORY;
    crew->work = work;
    crew->user = user;
    crew->n_items = crew->next = n_items; /* none are left */
    pthread_mutex_init(&crew->lock, NULL);
    pthread_cond_init(&crew->begun, NULL);
    pthread_cond_init(&crew->ended, NULL);
    while (crew->n_helpers + 1 < n_threads &&
           pthread_create(&crew->helpers[crew->n_helpers], NULL, help, crew) ==
               0)
        crew->n_helpers++;
    return PINNA_OK;
}

void pinna_crew_free(pinna_crew *crew)
{
    if (!crew)
        return;
    pthread_mutex_lock(&crew->lock);
    crew->stop = true;
    pthread_cond_broadcast(&crew->begun);
    pthread_mutex_unlock(&crew->lock);
    for (size_t i = 0; i < crew->n_helpers; i++)
        pthread_join(crew->helpers[i], NULL);
    pthread_cond_destroy(&crew->begun);
    pthread_cond_destroy(&crew->ended);
    pthread_mutex_destroy(&crew->lock);
    free(crew);
}

/* One round that was held up by chance must not count for much. */
static void follow(double *mean, double value)
{
    *mean = *mean > 0 ? *mean + 0.25 * (fmin(value, 2 * *mean) - *mean) : value;
}

/* To do without help is tried only where rounds take longer than their work
 * would on one processor of its own: otherwise it cannot pay. */
static bool wants_help(experience *past)
{
    const bool pays = past->alone == 0 || past->together <= past->alone;

    if (++past->n_rounds % TRIAL != FIRST_TRIAL)
        return pays;
    return !pays || past->together <= past->work;
}

static void run_round(pinna_crew *crew, bool with_help)
{
    pthread_mutex_lock(&crew->lock);
    crew->next = crew->n_done = 0;
    crew->work_ns = 0;
    if (with_help)
        pthread_cond_broadcast(&crew->begun);
    do_items(crew);
    while (crew->n_done < crew->n_items)
        pthread_cond_wait(&crew->ended, &crew->lock);
    pthread_mutex_unlock(&crew->lock);
}

void pinna_crew_run(pinna_crew *crew)
{
    experience *past = &crew->past;
    const bool with_help = crew->n_helpers > 0 && wants_help(past);
    const double begin_s = pinna_clock_s();

    run_round(crew, with_help);
    follow(with_help ? &past->together : &past->alone,
           pinna_clock_s() - begin_s);
    follow(&past->work, 1e-9 * crew->work_ns);
}
