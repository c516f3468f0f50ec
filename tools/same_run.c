#include "tools/same_run.h"

#include "tools/fingerprint.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Something that must be the same. */
typedef struct trait {
    char name[48];
    uint64_t fingerprint;
} trait;

enum { MAX_TRAITS = PINNA_MAX_OPTIONS + PINNA_MAX_NAMED_DATA + 2 };

/* The unused ones are empty. */
typedef struct traits {
    trait list[MAX_TRAITS];
    size_t n;
} traits;

static void add(traits *all, const char *prefix, const char *name,
                uint64_t fingerprint)
{
    trait *one = &all->list[all->n++];

    assert(all->n <= MAX_TRAITS);
    snprintf(one->name, sizeof one->name, "%s%s", prefix, name);
    one->fingerprint = fingerprint;
}

static uint64_t of_model(const pinna_model *model)
{
    const pinna_params *params = &model->network.params;
    const size_t n_in = model->network.config.n_in;
    uint64_t hash =
        pinna_fingerprint(PINNA_FINGERPRINT_NONE, params->values,
                          params->n_values * sizeof *params->values);

    if (model->offset)
        hash = pinna_fingerprint(hash, model->offset, n_in * sizeof(float));
    if (model->scale)
        hash = pinna_fingerprint(hash, model->scale, n_in * sizeof(float));
    return hash;
}

static uint64_t of_data(const pinna_named_data *data)
{
    uint64_t hash = pinna_fingerprint(PINNA_FINGERPRINT_NONE, &data->hash,
                                      sizeof data->hash);

    for (size_t i = 0; i < data->n; i++)
        hash = pinna_fingerprint_corpus(hash, &data->corpora[i]);
    return hash;
}

pinna_status pinna_same_run(pinna_ranks *ranks, const char *command,
                            const pinna_option *options, size_t n_options,
                            const pinna_model *model,
                            const pinna_named_data *data, size_t n_data,
                            pinna_error *error)
{
    traits own, first;

    if (!ranks) /* to read all of the recordings takes its time */
        return PINNA_OK;
    memset(&own, 0, sizeof own);
    add(&own, "", "task",
        pinna_fingerprint(PINNA_FINGERPRINT_NONE, command, strlen(command)));
    for (size_t i = 0; i < n_options; i++)
        if (!options[i].once)
            add(&own, "--", options[i].name,
                pinna_fingerprint_option(&options[i]));
    for (size_t i = 0; i < n_data; i++)
        add(&own, "", data[i].name, of_data(&data[i]));
    add(&own, "", "initial model", of_model(model));

    pinna_status status = pinna_ranks_agree(ranks, PINNA_OK, error);
    first = own;
    if (!status)
        status = pinna_ranks_share(ranks, &first, sizeof first, error);
    if (status)
        return status;
    for (size_t i = 0; !status && i < own.n; i++)
        if (memcmp(&first.list[i], &own.list[i], sizeof(trait)) != 0)
            status = pinna_fail(error, PINNA_BAD_ARG, "other %s than on rank 0",
                                own.list[i].name);
    return pinna_ranks_agree(ranks, status, error);
}
