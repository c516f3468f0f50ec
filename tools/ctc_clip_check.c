#include "tools/ctc_clip_check.h"

#include "tools/ctc_input.h"
#include "tools/ctc_segments.h"

/* Network steps of each that the labels need: at the bare number there is one
 * path alone, and nothing to learn from it. */
#define ROOM_FOR_LABELS 1.6

pinna_status pinna_ctc_clip_check(const pinna_ctc_ear *ear,
                                  const pinna_labels *labels,
                                  const pinna_clip *clip, pinna_error *error)
{
    pinna_ctc_segment segments[PINNA_MAX_JOIN];
    pinna_ctc_item item;
    size_t n_segments;

    if (!clip->text)
        return pinna_fail(error, PINNA_BAD_FORMAT, "no text");
    pinna_ctc_item_plain(clip, clip->sample_rate, &item);
    const double n_frames = (double)item.n_samples * 1000 / clip->sample_rate /
                            ear->fbank.frame_shift_ms;
    const size_t n_steps = pinna_ctc_steps(ear, (size_t)n_frames);
    const pinna_status status = pinna_ctc_segments_plan(
        ear, labels, &item, n_steps, segments, &n_segments, error);
    if (status)
        return status;
    const size_t fewest = pinna_ctc_fewest_steps(&segments[0]);
    if (fewest > segments[0].n_steps)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "the text needs %zu network steps, the recording has "
                          "%zu",
                          fewest, segments[0].n_steps);
    return PINNA_OK;
}

double pinna_ctc_clip_least_s(const pinna_ctc_ear *ear,
                              const pinna_labels *labels,
                              const pinna_clip *clip)
{
    pinna_ctc_segment segment;
    pinna_error error;

    if (pinna_ctc_clip_labels(labels, clip->text, segment.labels,
                              &segment.n_labels, &error))
        return 0;
    return ROOM_FOR_LABELS * (double)pinna_ctc_fewest_steps(&segment) *
           (double)ear->stride * ear->fbank.frame_shift_ms / 1000;
}
