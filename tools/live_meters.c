#include "tools/live_meters.h"

#include <math.h>
#include <stdio.h>

enum { BAR = 8 };

#define FLOOR_DB (-60.0)

void pinna_live_meters_hear(pinna_live_meters *meters, const float *const *in,
                            const float *const *out, size_t n_channels,
                            size_t n)
{
    for (size_t c = 0; c < n_channels; c++) {
        pinna_level_process(&meters->now[0], in[c], n);
        pinna_level_process(&meters->now[1], out[c], n);
        pinna_level_process(&meters->all[0], in[c], n);
        pinna_level_process(&meters->all[1], out[c], n);
    }
}

void pinna_live_meters_look(pinna_live_meters *meters,
                            const pinna_live_moment *moment)
{
    meters->n_looks++;
    meters->n_speech += moment->speech_probability >= 0.5;
    meters->reduction_sum += moment->reduction_db;
    meters->load_sum += moment->load;
    meters->load_most = fmax(meters->load_most, moment->load);
}

static void draw_bar(double level_db, char *bar)
{
    const double part = 1 - level_db / FLOOR_DB;
    const int n = (int)lrint(BAR * fmin(fmax(part, 0), 1));

    for (int i = 0; i < BAR; i++)
        bar[i] = i < n ? '#' : '.';
    bar[BAR] = '\0';
}

void pinna_live_meters_line(pinna_live_meters *meters,
                            const pinna_live_moment *moment, char *text,
                            size_t size)
{
    char bars[2][BAR + 1];

    for (int i = 0; i < 2; i++) {
        /* Nothing new leaves the bar as it is. */
        if (meters->now[i].n_samples > 0)
            meters->shown_db[i] = pinna_level_peak_db(&meters->now[i]);
        draw_bar(meters->shown_db[i], bars[i]);
        meters->now[i] = (pinna_level){0};
    }
    if (moment->gone)
        snprintf(text, size, "no device: waiting until it is back");
    else
        /* What must be seen stands where no narrow terminal cuts it off. */
        snprintf(text, size,
                 "%s%s%sin %s out %s %4.0f dB voice %3.0f %% cpu %.0f %% "
                 "xruns %zu",
                 moment->recording ? "REC " : "",
                 moment->bypassed ? "BYPASS " : "",
                 moment->muted ? "MUTE " : "", bars[0], bars[1],
                 -moment->reduction_db, 100 * moment->speech_probability,
                 100 * moment->load, moment->n_xruns);
}
