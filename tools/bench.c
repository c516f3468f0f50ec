#include "tools/bench.h"

#include "dsp/rng.h"
#include "dsp/status.h"
#include "tools/command.h"
#include "tools/progress.h"

#include <math.h>
#include <stdlib.h>

int pinna_bench_parse(const pinna_usage *usage, int argc, char **argv,
                      pinna_bench_settings *settings)
{
    *settings = (pinna_bench_settings){.seconds = 20.0};
    const pinna_option options[] = {
        {"seconds", 's', "S", "length of the sound to work on (default 20)",
         .number = &settings->seconds, .low = 0.1, .high = 600.0},
        {"json", 0, NULL, "as JSON", .flag = &settings->json},
    };

    return argc < 2 ? -1
                    : pinna_options_parse(usage, options,
                                          sizeof options / sizeof options[0],
                                          argc, argv, NULL);
}

float *pinna_bench_sound(double seconds, double sample_rate, size_t *n)
{
    const double pitch_hz = 120.0, syllables_hz = 4.0;
    pinna_rng rng;

    *n = (size_t)fmax(seconds * sample_rate, 0.01 * sample_rate);
    float *samples = malloc(*n * sizeof *samples);
    if (!samples)
        return NULL;
    pinna_rng_seed(&rng, 1, 0);
    for (size_t i = 0; i < *n; i++) {
        const double t = (double)i / sample_rate;
        const double saw = 2.0 * (pitch_hz * t - floor(pitch_hz * t)) - 1.0;
        const double loudness = fmax(0.0, sin(PINNA_PI * syllables_hz * t));
        samples[i] =
            (float)(0.3 * loudness * saw + 0.005 * pinna_rng_normal(&rng));
    }
    return samples;
}

int pinna_bench_no_memory(const pinna_usage *usage)
{
    pinna_message("pinna %s: out of memory", usage->command);
    return PINNA_EXIT_START;
}
