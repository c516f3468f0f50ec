#include "dsp/framer.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Positions are counted in samples from the start of the stream, in 64 bits,
 * since it may be endless. */
struct pinna_framer {
    size_t length, shift;
    bool snip_edges;
    bool is_finished;
    int64_t n_pushed;
    int64_t begin;     /* of the next frame; negative before the stream */
    int64_t kept_from; /* position of kept[0] */
    float kept[];      /* [length + 1] samples kept_from .. n_pushed - 1 */
};

/* Where frame 0 begins: with mirrored edges its middle lies at shift/2. */
static int64_t first_begin(const pinna_framer *framer)
{
    if (framer->snip_edges)
        return 0;
    return (int64_t)(framer->shift / 2) - (int64_t)(framer->length / 2);
}

/* The oldest sample that the next frame may use. A mirrored end reaches back to
 * one before the frame, when the length is odd and the stream ends at the
 * middle of the frame. */
static int64_t needed_from(const pinna_framer *framer)
{
    return framer->begin > 0 ? framer->begin - 1 : 0;
}

pinna_status pinna_framer_new(size_t length, size_t shift, bool snip_edges,
                              pinna_framer **out)
{
    *out = NULL;
    if (length == 0 || shift == 0)
        return PINNA_BAD_ARG;
    if (length > SIZE_MAX / (4 * sizeof(float)) || shift > SIZE_MAX / 4)
        return PINNA_BAD_ARG;

    pinna_framer *framer =
        calloc(1, sizeof *framer + (length + 1) * sizeof(float));
    if (!framer)
        return PINNA_NO_MEMORY;

    framer->length = length;
    framer->shift = shift;
    framer->snip_edges = snip_edges;
    pinna_framer_reset(framer);

    *out = framer;
    return PINNA_OK;
}

void pinna_framer_free(pinna_framer *framer)
{
    free(framer);
}

void pinna_framer_reset(pinna_framer *framer)
{
    framer->is_finished = false;
    framer->n_pushed = 0;
    framer->begin = first_begin(framer);
    framer->kept_from = needed_from(framer);
}

size_t pinna_framer_n_frames(const pinna_framer *framer, size_t n_samples)
{
    const size_t length = framer->length;
    const size_t shift = framer->shift;

    if (!framer->snip_edges)
        return n_samples / shift + (n_samples % shift + shift / 2) / shift;
    return n_samples < length ? 0 : 1 + (n_samples - length) / shift;
}

size_t pinna_framer_push(pinna_framer *framer, const float *samples, size_t n)
{
    const int64_t end = framer->begin + (int64_t)framer->length;
    const int64_t n_wanted = end - framer->n_pushed;
    if (framer->is_finished || n_wanted <= 0 || n == 0)
        return 0;
    if ((uint64_t)n_wanted < n)
        n = (size_t)n_wanted;

    /* With shift > length some lie between the frames. */
    size_t n_skipped = 0;
    if (framer->kept_from > framer->n_pushed) {
        const uint64_t n_between =
            (uint64_t)(framer->kept_from - framer->n_pushed);
        n_skipped = n_between < n ? (size_t)n_between : n;
    }
    framer->n_pushed += (int64_t)n_skipped;

    if (n > n_skipped) {
        float *next = framer->kept + (framer->n_pushed - framer->kept_from);
        memcpy(next, samples + n_skipped, (n - n_skipped) * sizeof(float));
        framer->n_pushed += (int64_t)(n - n_skipped);
    }
    return n;
}

void pinna_framer_finish(pinna_framer *framer)
{
    framer->is_finished = true;
}

/* The position that stands in for one outside [0, n), n > 0, as often
 * mirrored as a short signal needs. */
static int64_t mirrored(int64_t position, int64_t n)
{
    while (position < 0 || position >= n)
        position = position < 0 ? -position - 1 : 2 * n - 1 - position;
    return position;
}

static bool is_next_ready(const pinna_framer *framer)
{
    if (framer->begin + (int64_t)framer->length <= framer->n_pushed)
        return true;
    if (!framer->is_finished || framer->snip_edges)
        return false;

    /* k < (n + shift/2) / shift, rounded down, is the same as
     * k shift + shift <= n + shift/2. */
    const int64_t shift = (int64_t)framer->shift;
    const int64_t frame_start = framer->begin - first_begin(framer);
    return frame_start + shift <= framer->n_pushed + shift / 2;
}

/* Move on to the next frame and drop what no frame will need. */
static void advance(pinna_framer *framer)
{
    framer->begin += (int64_t)framer->shift;

    const int64_t from = needed_from(framer);
    if (from < framer->n_pushed)
        memmove(framer->kept, framer->kept + (from - framer->kept_from),
                (size_t)(framer->n_pushed - from) * sizeof(float));
    framer->kept_from = from;
}

bool pinna_framer_pull(pinna_framer *framer, float *frame)
{
    if (!is_next_ready(framer))
        return false;

    const int64_t end = framer->begin + (int64_t)framer->length;
    if (framer->begin >= 0 && end <= framer->n_pushed) {
        memcpy(frame, framer->kept + (framer->begin - framer->kept_from),
               framer->length * sizeof(float));
    } else {
        for (size_t i = 0; i < framer->length; i++) {
            const int64_t position =
                mirrored(framer->begin + (int64_t)i, framer->n_pushed);
            frame[i] = framer->kept[position - framer->kept_from];
        }
    }

    advance(framer);
    return true;
}
