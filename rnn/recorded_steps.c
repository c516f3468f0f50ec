#include "rnn/recorded_steps.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

pinna_status pinna_recorded_steps_new(const pinna_offline_net *net, size_t n_in,
                                      size_t n_out, double max_steps,
                                      pinna_recorded_steps *steps)
{
    *steps = (pinna_recorded_steps){.net = net, .n_in = n_in, .n_out = n_out};
    if (max_steps > (double)(SIZE_MAX / sizeof(pinna_moment) / 4))
        return PINNA_BAD_ARG;
    const size_t n = (size_t)max_steps;
    if (n > SIZE_MAX / sizeof(float) / (n_in + n_out))
        return PINNA_BAD_ARG;
    steps->max_steps = n;
    steps->x = malloc(n * n_in * sizeof(float));
    steps->logits = malloc(n * n_out * sizeof(float));
    steps->moments = malloc(n * sizeof *steps->moments);
    if (!steps->x || !steps->logits || !steps->moments)
        return PINNA_NO_MEMORY;
    return pinna_offline_state_new(net, n, &steps->state);
}

void pinna_recorded_steps_free(pinna_recorded_steps *steps)
{
    pinna_offline_state_free(steps->state);
    free(steps->x);
    free(steps->logits);
    free(steps->moments);
}

void pinna_recorded_steps_reset(pinna_recorded_steps *steps)
{
    steps->n_steps = steps->n_due = steps->n_done = 0;
}

void pinna_recorded_steps_add(pinna_recorded_steps *steps, const float *x,
                              const pinna_moment *now)
{
    if (steps->n_steps == steps->max_steps)
        return;
    memcpy(steps->x + steps->n_steps * steps->n_in, x,
           steps->n_in * sizeof(float));
    steps->moments[steps->n_steps++] = *now;
}

void pinna_recorded_steps_finish(pinna_recorded_steps *steps)
{
    pinna_offline_run(steps->net, steps->state, steps->x, steps->n_steps,
                      steps->logits);
    steps->n_due = steps->n_steps;
}

const float *pinna_recorded_steps_next(pinna_recorded_steps *steps,
                                       const pinna_moment **then)
{
    if (steps->n_done == steps->n_due)
        return NULL;
    *then = &steps->moments[steps->n_done];
    return steps->logits + steps->n_done++ * steps->n_out;
}
