#include "tools/noise_levels.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void pinna_noise_levels_free(pinna_noise_levels *levels)
{
    free(levels->levels);
    *levels = (pinna_noise_levels){0};
}

/* Is there less noise at a than at b? */
static bool is_quieter(double a, double b)
{
    return isnan(a) ? !isnan(b) : a > b;
}

pinna_status pinna_noise_levels_add(pinna_noise_levels *levels, double snr_db,
                                    const pinna_wer *wer)
{
    const double rounded = round(snr_db);
    size_t at = 0;

    while (at < levels->n_levels &&
           is_quieter(levels->levels[at].snr_db, rounded))
        at++;
    if (at == levels->n_levels ||
        is_quieter(rounded, levels->levels[at].snr_db)) {
        pinna_noise_level *grown = realloc(
            levels->levels, (levels->n_levels + 1) * sizeof *levels->levels);
        if (!grown)
            return PINNA_NO_MEMORY;
        levels->levels = grown;
        memmove(grown + at + 1, grown + at,
                (levels->n_levels - at) * sizeof *grown);
        grown[at] = (pinna_noise_level){.snr_db = rounded};
        levels->n_levels++;
    }
    pinna_wer_sum(&levels->levels[at].wer, wer);
    return PINNA_OK;
}
