#include "tools/prefetch.h"

#include <pthread.h>
#include <stdlib.h>

struct pinna_prefetch {
    void (*make)(void *user, pinna_share_name name, size_t slot);
    void *user;
    bool ahead; /* there is a thread */
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    pinna_share_name names[2];
    bool filled[2];
    size_t wanted; /* slot that the thread is to fill, or is filling; 2: none */
    bool stop;
};

enum { NONE = 2 };

static void *run(void *argument)
{
    pinna_prefetch *p = argument;

    pthread_mutex_lock(&p->mutex);
    for (;;) {
        while (p->wanted == NONE && !p->stop)
            pthread_cond_wait(&p->changed, &p->mutex);
        if (p->stop)
            break;
        const size_t slot = p->wanted;
        const pinna_share_name name = p->names[slot];
        pthread_mutex_unlock(&p->mutex);
        p->make(p->user, name, slot);
        pthread_mutex_lock(&p->mutex);
        p->filled[slot] = true;
        p->wanted = NONE;
        pthread_cond_broadcast(&p->changed);
    }
    pthread_mutex_unlock(&p->mutex);
    return NULL;
}

pinna_status pinna_prefetch_new(void (*make)(void *user, pinna_share_name name,
                                             size_t slot),
                                void *user, bool ahead, pinna_prefetch **out)
{
    pinna_prefetch *p = *out = calloc(1, sizeof *p);
    if (!p)
        return PINNA_NO_MEMORY;
    p->make = make;
    p->user = user;
    p->wanted = NONE;
    pthread_mutex_init(&p->mutex, NULL);
    pthread_cond_init(&p->changed, NULL);
    p->ahead = ahead && pthread_create(&p->thread, NULL, run, p) == 0;
    return PINNA_OK;
}

void pinna_prefetch_free(pinna_prefetch *p)
{
    if (!p)
        return;
    if (p->ahead) {
        pthread_mutex_lock(&p->mutex);
        p->stop = true;
        pthread_cond_broadcast(&p->changed);
        pthread_mutex_unlock(&p->mutex);
        pthread_join(p->thread, NULL);
    }
    pthread_cond_destroy(&p->changed);
    pthread_mutex_destroy(&p->mutex);
    free(p);
}

static bool holds(const pinna_prefetch *p, size_t slot, pinna_share_name name)
{
    const pinna_share_name *held = &p->names[slot];
    return p->filled[slot] && held->step == name.step &&
           held->first == name.first && held->n == name.n;
}

size_t pinna_prefetch_take(pinna_prefetch *p, pinna_share_name name)
{
    pthread_mutex_lock(&p->mutex);
    while (p->wanted != NONE)
        pthread_cond_wait(&p->changed, &p->mutex);
    const size_t slot = holds(p, 1, name) ? 1 : 0;
    const bool missing = !holds(p, slot, name);
    pthread_mutex_unlock(&p->mutex);

    /* The thread sleeps: nobody else is at the slots. */
    if (missing)
        p->make(p->user, name, slot);

    pthread_mutex_lock(&p->mutex);
    p->names[slot] = name;
    p->filled[slot] = true;
    if (p->ahead) {
        name.step++;
        p->names[1 - slot] = name;
        p->filled[1 - slot] = false;
        p->wanted = 1 - slot;
        pthread_cond_broadcast(&p->changed);
    }
    pthread_mutex_unlock(&p->mutex);
    return slot;
}
