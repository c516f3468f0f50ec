#include "tools/train_settings.h"

#include <string.h>

pinna_train_settings pinna_train_settings_default(void)
{
    const size_t n_threads = pinna_default_jobs();

    return (pinna_train_settings){
        .train =
            {
                .batch_size = 32,
                .n_threads = n_threads < PINNA_MAX_THREADS ? n_threads
                                                           : PINNA_MAX_THREADS,
                .seed = 1,
                .validate_every = 500,
            },
    };
}

void pinna_train_settings_free(pinna_train_settings *settings)
{
    (void)settings;
}

size_t pinna_train_settings_options(pinna_train_settings *settings,
                                    const pinna_option *own, size_t n,
                                    pinna_option *all)
{
    pinna_train_settings *s = settings;
    pinna_train_options *t = &s->train;
    const pinna_option shared[] = {
        {"output", 'o', "MODEL", "model file to write", .text = &t->output},
        {"steps", 0, "N", "updates", .count = &t->n_steps, .low = 1,
         .high = 1e9},
        {"batch", 0, "N", "items of a step", .count = &t->batch_size, .low = 1,
         .high = 4096},
        {"weight-decay", 0, "D", "pull weights to zero",
         .number = &t->weight_decay, .low = 0, .high = 1},
        {"lr", 0, "RATE", "highest learning rate", .number = &t->learning_rate,
         .low = 0, .high = 1},
        {"warmup", 0, "N", "steps to reach it", .count = &t->warmup_steps,
         .low = 0, .high = 1e6},
        {"clip", 0, "NORM", "clip the gradient's norm", .number = &t->clip,
         .low = 1e-9, .high = 1e9},
        {"ema", 0, "KEEP", "mean of weights over steps", .number = &t->ema,
         .low = 0, .high = 0.999999},
        {"validate-every", 0, "N", "steps between checkpoints",
         .count = &t->validate_every, .low = 1, .high = 1e9},
        {"threads", 0, "N", "threads (default: one per processor)",
         .count = &t->n_threads, .low = 1, .high = PINNA_MAX_THREADS},
        {"statement", 0, "TEXT", "data and licence, kept in the model",
         .text = &s->statement},
        {"seed", 0, "N", "of everything random (default 1)", .seed = &t->seed},
        {"resume", 0, NULL, "go on from MODEL.checkpoint", .flag = &t->resume},
        {"quiet", 'q', NULL, "no log lines", .flag = &t->quiet},
    };
    const size_t n_shared = sizeof shared / sizeof *shared;

    memcpy(all, own, n * sizeof *own);
    memcpy(all + n, shared, sizeof shared);
    return n + n_shared;
}

int pinna_train_settings_parse(const pinna_usage *usage,
                               pinna_train_settings *settings,
                               const pinna_option *all, size_t n, int argc,
                               char **argv)
{
    const pinna_train_options *t = &settings->train;
    const int code = pinna_options_parse(usage, all, n, argc, argv, NULL);

    if (code < 0 && t->n_steps <= t->warmup_steps)
        return pinna_usage_error(usage, "--steps must exceed --warmup");
    return code;
}
