/* tools/noise_drop.h -- by how much the noise in the pauses went down
 *
 * A figure without a clean reference: over the quietest fifth of the 20 ms
 * frames of the signal after, which are the pauses of the speech, its level
 * against that of the same frames before. Digital silence before is not
 * counted. Constant memory. */
#ifndef PINNA_TOOLS_NOISE_DROP_H
#define PINNA_TOOLS_NOISE_DROP_H

#include <stddef.h>

/* Frames are sorted into levels after, of 1 dB. */
#define PINNA_NOISE_LEVELS 160

/* One channel; set n_frame, zero the rest. */
typedef struct pinna_noise_drop {
    size_t n_frame; /* samples of 20 ms */
    size_t n_filled;
    double before, after; /* energy of the frame under way */
    struct {
        size_t n_frames;
        double before, after; /* energy */
    } levels[PINNA_NOISE_LEVELS];
} pinna_noise_drop;

/* before and after [n], aligned. */
void pinna_noise_drop_process(pinna_noise_drop *drop, const float *before,
                              const float *after, size_t n);

/* Over all channels [n], in dB, 0 when there was no frame. */
double pinna_noise_drop_db(const pinna_noise_drop *drops, size_t n);

#endif
