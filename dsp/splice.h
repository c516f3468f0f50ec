/* dsp/splice.h -- joins neighbouring feature frames into longer ones
 *
 *     pinna_splice *splice;
 *     pinna_splice_new(80, 3, 3, 3, &splice); // 7 frames every 3
 *     float out[560]; // pinna_splice_n_out(splice)
 *     while (next_frame(frame)) {
 *         pinna_splice_push(splice, frame);
 *         if (pinna_splice_pull(splice, out))
 *             use(out);
 *     }
 *     pinna_splice_finish(splice);
 *     while (pinna_splice_pull(splice, out))
 *         use(out);
 *
 * Frame k that comes out is frames k stride - left .. k stride + right one
 * after the other, the first and last of the stream repeated beyond its ends;
 * n frames in give ceil(n / stride) out. Hence
 *   Kaldi's splice-feats       left, right, stride 1
 *   Kaldi's subsample-feats n  0, 0, n
 *   stacking n every m         0, n - 1, m
 *   low frame rate of FunASR   (n - 1) / 2, n / 2, m
 * Memory is constant. */
#ifndef PINNA_DSP_SPLICE_H
#define PINNA_DSP_SPLICE_H

#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct pinna_splice pinna_splice;

/* dim: features per frame, 1 .. 65536; left and right context 0 .. 1000
 * frames; 1 <= stride. */
pinna_status pinna_splice_new(size_t dim, size_t left, size_t right,
                              size_t stride, pinna_splice **out);
void pinna_splice_free(pinna_splice *splice);
PINNA_REALTIME void pinna_splice_reset(pinna_splice *splice);

/* (left + 1 + right) dim. */
size_t pinna_splice_n_out(const pinna_splice *splice);

/* Take the next frame [dim]. Pull until false before the next push; `right`
 * frames after its middle one a frame can be pulled. */
PINNA_REALTIME void pinna_splice_push(pinna_splice *splice, const float *frame);

/* No frame will follow: the last ones may now be pulled. */
PINNA_REALTIME void pinna_splice_finish(pinna_splice *splice);

/* The next frame [n_out] if all of it is there, else return false. */
PINNA_REALTIME bool pinna_splice_pull(pinna_splice *splice, float *out);

#endif
