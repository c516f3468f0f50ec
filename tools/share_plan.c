#include "tools/share_plan.h"

pinna_share_plan pinna_share_plan_of(const pinna_train_options *options)
{
    return (pinna_share_plan){
        .batch_size = options->batch_size,
        .n_shares = options->n_threads,
        .n_threads =
            pinna_ranks_own_threads(options->ranks, options->n_threads),
        .seed = options->seed,
    };
}

bool pinna_share_plan_is_valid(const pinna_share_plan *plan)
{
    return plan->n_threads > 0 && plan->n_threads <= plan->n_shares &&
           plan->n_shares <= PINNA_MAX_THREADS;
}

size_t pinna_share_plan_most(const pinna_share_plan *plan)
{
    return (plan->batch_size + plan->n_shares - 1) / plan->n_shares;
}
