/* tools/share_plan.h -- how the items of a step are dealt to the threads of all
 * ranks */
#ifndef PINNA_TOOLS_SHARE_PLAN_H
#define PINNA_TOOLS_SHARE_PLAN_H

#include "tools/trainer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct pinna_share_plan {
    size_t batch_size; /* items of a step */
    size_t n_shares;   /* that they are cut into, one for each thread */
    size_t n_threads;  /* shares of this process */
    uint64_t seed;
} pinna_share_plan;

/* As pinna_train() deals them by these options. */
pinna_share_plan pinna_share_plan_of(const pinna_train_options *options);

/* Are there threads, and not too many? */
bool pinna_share_plan_is_valid(const pinna_share_plan *plan);

/* The most items of a share. */
size_t pinna_share_plan_most(const pinna_share_plan *plan);

#endif
