/* tools/bench_frames.h -- how long a stream takes for its frames, one after the
 * other as in live use */
#ifndef PINNA_TOOLS_BENCH_FRAMES_H
#define PINNA_TOOLS_BENCH_FRAMES_H

#include "dsp/status.h"

#include <stddef.h>

/* What is measured; process() gets the samples of a frame and may change
 * them. */
typedef struct pinna_bench_stream {
    void *object;
    void (*reset)(void *object);
    void (*process)(void *object, float *samples, size_t n);
} pinna_bench_stream;

typedef struct pinna_frame_times {
    double mean_ns, p99_ns, worst_ns;
} pinna_frame_times;

/* samples [n_frames * hop]. Each repetition is the whole sound from the start,
 * so that a frame always does the same work and counts with its median; the
 * first n_before frames do not count. PINNA_NO_MEMORY, or PINNA_INTERRUPTED
 * after Ctrl-C. */
pinna_status pinna_bench_frames(const pinna_bench_stream *stream,
                                const float *samples, size_t hop,
                                size_t n_frames, size_t n_before,
                                pinna_frame_times *times);

#endif
