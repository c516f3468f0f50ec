#include "tools/schedule.h"

#include "dsp/status.h"

#include <math.h>

const char *const pinna_schedule_names[PINNA_N_SCHEDULES] = {
    [PINNA_SCHEDULE_COSINE] = "cosine",
    [PINNA_SCHEDULE_CONSTANT] = "constant",
    [PINNA_SCHEDULE_STEP] = "step",
    [PINNA_SCHEDULE_PLATEAU] = "plateau",
};

pinna_plateau pinna_plateau_new(void)
{
    return (pinna_plateau){.best = INFINITY};
}

bool pinna_plateau_note(pinna_plateau *plateau, double score)
{
    if (score < plateau->best) {
        *plateau = (pinna_plateau){.best = score};
        return true;
    }
    plateau->n_worse++;
    return false;
}

double pinna_schedule_rate(const pinna_schedule *schedule, size_t step,
                           size_t n_steps, size_t n_cuts)
{
    const double rate = schedule->learning_rate;

    if (step < schedule->warmup_steps)
        return rate * (double)(step + 1) / (double)schedule->warmup_steps;
    const size_t after = step - schedule->warmup_steps;
    switch (schedule->kind) {
    case PINNA_SCHEDULE_COSINE: {
        const double done =
            (double)after / (double)(n_steps - schedule->warmup_steps);
        return rate * 0.5 * (1 + cos(PINNA_PI * done));
    }
    case PINNA_SCHEDULE_STEP:
        return rate *
               pow(schedule->factor, (double)(after / schedule->step_size));
    case PINNA_SCHEDULE_PLATEAU:
        return rate * pow(schedule->factor, (double)n_cuts);
    case PINNA_SCHEDULE_CONSTANT:
    case PINNA_N_SCHEDULES:
        break;
    }
    return rate;
}
