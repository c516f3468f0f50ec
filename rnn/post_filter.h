/* rnn/post_filter.h -- lowers what a denoiser's gains have lowered a little
 * further, without a change of loudness
 *
 * The envelope post-filter of PercepNet: Valin et al., "A
 * perceptually-motivated approach for low-complexity, real-time enhancement of
 * fullband speech", 2020. */
#ifndef PINNA_RNN_POST_FILTER_H
#define PINNA_RNN_POST_FILTER_H

#include "dsp/status.h"

/* g sin(pi g / 2) for a gain of 0..1: the ends stay, the middle goes down. */
PINNA_REALTIME float pinna_post_filter_warp(float gain);

/* What to multiply the warped gains of a frame with, given its power with the
 * plain gains and with the warped ones:
 *   sqrt((1 + b) r / (1 + b r^2)), r = plain / warped, b = 0.02
 * At most 5.6 dB, so that frames of noise alone are not brought back, and never
 * so much that their power exceeds the plain one; 1 where nothing is left. */
PINNA_REALTIME float pinna_post_filter_compensation(float plain, float warped);

#endif
