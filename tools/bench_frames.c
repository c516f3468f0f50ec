#include "tools/bench_frames.h"

#include "tools/interrupt.h"
#include "tools/stopwatch.h"

#include <stdlib.h>
#include <string.h>

/* times [n_frames][PINNA_REPETITIONS] in ns. */
static void time_frames(const pinna_bench_stream *stream, const float *samples,
                        size_t hop, size_t n_frames, float *block,
                        double *times)
{
    for (size_t r = 0; r < PINNA_REPETITIONS && !pinna_interrupted(); r++) {
        stream->reset(stream->object);
        for (size_t i = 0; i < n_frames; i++) {
            memcpy(block, samples + i * hop, hop * sizeof *block);
            const double begin = pinna_stopwatch_ns();
            stream->process(stream->object, block, hop);
            times[i * PINNA_REPETITIONS + r] = pinna_stopwatch_ns() - begin;
        }
    }
}

/* Of times [n_frames][PINNA_REPETITIONS], whose front takes the medians. */
static pinna_frame_times sum_up(double *times, size_t n_frames)
{
    double sum = 0;

    for (size_t i = 0; i < n_frames; i++) {
        times[i] = pinna_quantile(times + i * PINNA_REPETITIONS,
                                  PINNA_REPETITIONS, 0.5);
        sum += times[i];
    }
    return (pinna_frame_times){
        .mean_ns = sum / (double)n_frames,
        .p99_ns = pinna_quantile(times, n_frames, 0.99),
        .worst_ns = pinna_quantile(times, n_frames, 1.0),
    };
}

pinna_status pinna_bench_frames(const pinna_bench_stream *stream,
                                const float *samples, size_t hop,
                                size_t n_frames, size_t n_before,
                                pinna_frame_times *times)
{
    float *block = malloc(hop * sizeof *block);
    double *each = calloc(n_frames * PINNA_REPETITIONS, sizeof *each);
    pinna_status status = block && each ? PINNA_OK : PINNA_NO_MEMORY;

    if (!status) {
        time_frames(stream, samples, hop, n_frames, block, each);
        if (pinna_interrupted())
            status = PINNA_INTERRUPTED;
        else
            *times = sum_up(each + n_before * PINNA_REPETITIONS,
                            n_frames - n_before);
    }
    free(each);
    free(block);
    return status;
}
