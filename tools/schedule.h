/* tools/schedule.h -- the learning rate from step to step, and when to stop
 *
 * Every schedule begins with warm-up, linear from 0 to learning_rate. Then:
 *   COSINE    half a cosine down to 0 at the last step (Loshchilov and Hutter
 *             2017, without restarts)
 *   CONSTANT  stays
 *   STEP      times factor after every step_size steps
 *   PLATEAU   times factor after `patience` validations in a row of which none
 *             was better than the best before */
#ifndef PINNA_TOOLS_SCHEDULE_H
#define PINNA_TOOLS_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>

typedef enum pinna_schedule_kind {
    PINNA_SCHEDULE_COSINE,
    PINNA_SCHEDULE_CONSTANT,
    PINNA_SCHEDULE_STEP,
    PINNA_SCHEDULE_PLATEAU,
    PINNA_N_SCHEDULES,
} pinna_schedule_kind;

/* "cosine", "constant", "step", "plateau". */
extern const char *const pinna_schedule_names[PINNA_N_SCHEDULES];

typedef struct pinna_schedule {
    pinna_schedule_kind kind;
    double learning_rate; /* the highest */
    size_t warmup_steps;
    size_t step_size; /* of STEP, above 0 */
    double factor;    /* of STEP and PLATEAU, 0 .. 1 */
    size_t patience;  /* of PLATEAU, above 0 */
} pinna_schedule;

/* Validations in a row without a better one; a score is better when it is
 * lower. Open, so that a checkpoint can hold it. */
typedef struct pinna_plateau {
    double best;    /* infinite before the first */
    size_t n_worse; /* since the best */
} pinna_plateau;

pinna_plateau pinna_plateau_new(void);

/* Whether the score is the best so far. One that is no number never is. */
bool pinna_plateau_note(pinna_plateau *plateau, double score);

/* Of a step that counts from 0, before n_steps; n_cuts tells how often PLATEAU
 * has come to its end. */
double pinna_schedule_rate(const pinna_schedule *schedule, size_t step,
                           size_t n_steps, size_t n_cuts);

#endif
