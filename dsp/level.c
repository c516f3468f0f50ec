#include "dsp/level.h"

#include <math.h>

void pinna_level_process(pinna_level *level, const float *samples, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const double magnitude = fabs((double)samples[i]);
        if (!isfinite(magnitude)) {
            level->n_bad++;
            continue;
        }
        if (magnitude >= 1.0)
            level->n_clipped++;
        if (magnitude > level->peak)
            level->peak = magnitude;
        level->sum_square += magnitude * magnitude;
    }
    level->n_samples += n;
}

double pinna_level_rms_db(const pinna_level *level)
{
    const size_t n_good = level->n_samples - level->n_bad;
    if (n_good == 0)
        return PINNA_SILENCE_DB;
    return pinna_gain_to_db(sqrt(level->sum_square / (double)n_good));
}

double pinna_level_peak_db(const pinna_level *level)
{
    return pinna_gain_to_db(level->peak);
}

double pinna_db_to_gain(double db)
{
    return pow(10.0, db / 20.0);
}

double pinna_gain_to_db(double gain)
{
    const double db = 20.0 * log10(gain > 0.0 ? gain : 0.0);
    return db > PINNA_SILENCE_DB ? db : PINNA_SILENCE_DB;
}
