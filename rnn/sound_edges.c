#include "rnn/sound_edges.h"

#include <math.h>
#include <stdbool.h>

/* A frame counts as sound when its mean log energy is this far above the
 * background (9 dB), which falls at once and rises by 3 dB a second; gaps of up
 * to 60 ms, as the closure of a plosive, belong to the sound. */
#define SOUND_NEPERS      2.0f
#define RISE_NEPERS_PER_S 0.7f
#define GAP_MS            60

void pinna_sound_edges_follow(pinna_sound_edges *edges,
                              const pinna_fbank_config *fbank,
                              const float *frame, size_t n_features,
                              double now_s, double first_s)
{
    const double shift_s = fbank->frame_shift_ms / 1000;
    float level = 0;

    if (fbank->type == PINNA_FEATURE_MFCC) {
        level = frame[0] / sqrtf((float)fbank->n_mels);
    } else {
        for (size_t i = 0; i < n_features; i++)
            level += frame[i] / (float)n_features;
    }
    /* The first frame behind the silence tells of the background. */
    const bool is_first = now_s < first_s + 1.5 * shift_s;
    edges->background += RISE_NEPERS_PER_S * (float)shift_s;
    if (level < edges->background || is_first)
        edges->background = level;
    if (level < edges->background + SOUND_NEPERS)
        return;
    if (now_s - edges->end > GAP_MS / 1000.0 + shift_s)
        edges->begin = now_s - shift_s;
    edges->end = now_s;
}
