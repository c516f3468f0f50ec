/* dsp/vad.h -- voice activity detection: is there speech in this frame?
 *
 *     pinna_vad_config config = pinna_vad_config_default();
 *     pinna_vad *vad;
 *     pinna_vad_new(&config, 44100, &vad, &error);
 *     pinna_vad_frame frame;
 *     while ((n = read(samples)) > 0)
 *         for (size_t used = 0; used < n;) {
 *             used += pinna_vad_push(vad, samples + used, n - used);
 *             while (pinna_vad_pull(vad, &frame))
 *                 use(frame.speech);
 *         }
 *     pinna_vad_finish(vad);
 *     while (pinna_vad_pull(vad, &frame))
 *         use(frame.speech);
 *
 * The powers of 16 mel bands from 150 to 4000 Hz are set against the noise
 * floor under each (dsp/noise_floor.h); a frame is speech when their mean ratio
 * is above a threshold, as in Sohn, Kim and Sung, "A statistical model-based
 * voice activity detection", 1999, and its level not far below that of the
 * loudest sound of late. Harmonicity and spectral flatness were tried and
 * left out: in noises such as dogs, babies, hums and babble they made the
 * decision worse.
 *
 * On speechocean762 and coffee orders in 26 noises (`pinna eval vad`) it finds
 * 93, 90, 85 and 78 % of the speech at 20, 10, 5 and 0 dB and takes 16, 26, 28
 * and 30 % of the pauses for speech; WebRTC's, least eager, finds 93 to 97 %
 * and takes 11, 32, 54 and 74 %. Sounds that come and go like speech are its
 * limit: of the noises alone, dogs and babies among them, it takes 41 %.
 *
 * Frame k tells about the samples [k * shift, (k + 1) * shift). Any split of
 * the samples gives the same bits; memory is constant; samples that are no
 * sound (dsp/clean_samples.h) count as 0. dsp/endpoint.h makes segments of the
 * decisions. */
#ifndef PINNA_DSP_VAD_H
#define PINNA_DSP_VAD_H

#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>

#define PINNA_VAD_MIN_RATE 8000   /* Hz */
#define PINNA_VAD_MAX_RATE 192000 /* Hz */

typedef struct pinna_vad_config {
    double threshold_db;    /* above the noise floor; lower finds more */
    double range_db;        /* below the peak of late nothing is speech */
    double frame_length_ms; /* 10 .. 100 */
    double frame_shift_ms;  /* 1 .. 100 */
} pinna_vad_config;

/* 6.5 dB, 24 dB, 25 ms, 10 ms. */
pinna_vad_config pinna_vad_config_default(void);

typedef struct pinna_vad_frame {
    bool speech;
    double snr_db; /* what is compared with threshold_db; 0 and above */
} pinna_vad_frame;

/* One channel. Calls on the same object must not overlap. */
typedef struct pinna_vad pinna_vad;

/* Tells through error (may be NULL) which value is out of range. */
pinna_status pinna_vad_new(const pinna_vad_config *config, unsigned sample_rate,
                           pinna_vad **out, pinna_error *error);
void pinna_vad_free(pinna_vad *vad);
PINNA_REALTIME void pinna_vad_reset(pinna_vad *vad);

/* From frame to frame, in samples and in seconds. */
size_t pinna_vad_frame_shift(const pinna_vad *vad);
double pinna_vad_frame_shift_s(const pinna_vad *vad);

/* Take at most n samples, as many as fit before a frame has to be pulled;
 * returns how many were taken. */
PINNA_REALTIME size_t pinna_vad_push(pinna_vad *vad, const float *samples,
                                     size_t n);

/* No sample follows. */
PINNA_REALTIME void pinna_vad_finish(pinna_vad *vad);

/* The next frame if it is complete, else false: a frame waits for half a
 * frame_length after its middle. */
PINNA_REALTIME bool pinna_vad_pull(pinna_vad *vad, pinna_vad_frame *frame);

#endif
