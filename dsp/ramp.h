/* dsp/ramp.h -- a value that moves to its target in a straight line, so
 * that a gain can change without a click */
#ifndef PINNA_DSP_RAMP_H
#define PINNA_DSP_RAMP_H

#include <stddef.h>

/* At rest when n_left is 0. */
typedef struct pinna_ramp {
    float value, target;
    float step;    /* per sample */
    size_t n_left; /* samples until the target */
} pinna_ramp;

static inline void pinna_ramp_jump(pinna_ramp *ramp, float target)
{
    *ramp = (pinna_ramp){.value = target, .target = target};
}

/* Be there in n > 0 samples; what goes there already is left alone. */
static inline void pinna_ramp_aim(pinna_ramp *ramp, float target, size_t n)
{
    if (target == ramp->target)
        return;
    ramp->target = target;
    ramp->step = (target - ramp->value) / (float)n;
    ramp->n_left = n;
}

static inline float pinna_ramp_next(pinna_ramp *ramp)
{
    if (ramp->n_left > 0) {
        ramp->n_left--;
        ramp->value =
            ramp->n_left > 0 ? ramp->value + ramp->step : ramp->target;
    }
    return ramp->value;
}

#endif
