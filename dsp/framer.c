#include "dsp/framer.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Positions are counted in samples from the start of the stream, in 64 bits,
 * since it may be endless. Samples are kept in a buffer twice as long as a
 * frame, so that they have to be moved to its start but once in a frame's
 * length. */
struct pinna_framer {
    size_t length, shift, room;
    pinna_edges edges;
    bool is_finished;
    int64_t n_pushed;
    int64_t begin;     /* of the next frame; negative before the stream */
    int64_t kept_from; /* position of kept[0] */
    float kept[];      /* [room] samples kept_from .. n_pushed - 1 */
};

static bool is_centred(const pinna_framer *framer)
{
    return framer->edges != PINNA_EDGES_SNIP &&
           framer->edges != PINNA_EDGES_MIRROR;
}

/* Where frame 0 begins: its middle lies at shift/2 when mirrored, at 0 when
 * centred. */
static int64_t first_begin(const pinna_framer *framer)
{
    if (framer->edges == PINNA_EDGES_SNIP)
        return 0;
    const size_t middle = is_centred(framer) ? 0 : framer->shift / 2;
    return (int64_t)middle - (int64_t)(framer->length / 2);
}

/* The oldest sample that the next frame may use. Beyond the end it reaches back
 * as far as the end lies before the end of the frame: for the last frame, which
 * is centred before the end, by at most length/2 and one or two, so to one or
 * two samples before the frame. */
static int64_t needed_from(const pinna_framer *framer)
{
    return framer->begin > 2 ? framer->begin - 2 : 0;
}

pinna_status pinna_framer_new(size_t length, size_t shift, pinna_edges edges,
                              pinna_framer **out)
{
    *out = NULL;
    if (length == 0 || shift == 0)
        return PINNA_BAD_ARG;
    if (length > SIZE_MAX / (8 * sizeof(float)) || shift > SIZE_MAX / 4)
        return PINNA_BAD_ARG;

    const size_t room = 2 * length + 2;
    pinna_framer *framer = calloc(1, sizeof *framer + room * sizeof(float));
    if (!framer)
        return PINNA_NO_MEMORY;

    framer->length = length;
    framer->shift = shift;
    framer->room = room;
    framer->edges = edges;
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

    switch (framer->edges) {
    case PINNA_EDGES_SNIP:
        return n_samples < length ? 0 : 1 + (n_samples - length) / shift;
    case PINNA_EDGES_MIRROR:
        return n_samples / shift + (n_samples % shift + shift / 2) / shift;
    case PINNA_EDGES_REFLECT:
        if (n_samples <= length / 2)
            return 0;
        break;
    case PINNA_EDGES_ZERO:
    case PINNA_EDGES_REPLICATE:
        if (n_samples == 0)
            return 0;
        break;
    }
    return 1 + (n_samples - length % 2) / shift;
}

/* How many samples push() may take before the next frame has to be pulled: up
 * to its end, and before the start as far as a reflection reaches. */
static int64_t wanted_end(const pinna_framer *framer)
{
    const int64_t end = framer->begin + (int64_t)framer->length;
    const int64_t reflected = 1 - framer->begin;
    return framer->edges == PINNA_EDGES_REFLECT && reflected > end ? reflected
                                                                   : end;
}

size_t pinna_framer_push(pinna_framer *framer, const float *samples, size_t n)
{
    const int64_t n_wanted = wanted_end(framer) - framer->n_pushed;
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

static bool is_next_ready(const pinna_framer *framer)
{
    if (wanted_end(framer) <= framer->n_pushed)
        return true;
    if (!framer->is_finished || framer->edges == PINNA_EDGES_SNIP)
        return false;

    const int64_t n = framer->n_pushed;
    const int64_t shift = (int64_t)framer->shift;
    const int64_t frame_start = framer->begin - first_begin(framer);
    if (framer->edges == PINNA_EDGES_REFLECT &&
        n <= (int64_t)(framer->length / 2))
        return false;
    if (is_centred(framer))
        return n > 0 && frame_start + (int64_t)(framer->length % 2) <= n;
    /* k < (n + shift/2) / shift, rounded down, is the same as
     * k shift + shift <= n + shift/2. */
    return frame_start + shift <= n + shift / 2;
}

/* Move on to the next frame; make room when the one behind might not fit. */
static void advance(pinna_framer *framer)
{
    framer->begin += (int64_t)framer->shift;

    const int64_t from = needed_from(framer);
    const int64_t end = wanted_end(framer);
    if (from < framer->n_pushed &&
        end - framer->kept_from <= (int64_t)framer->room)
        return;
    if (from < framer->n_pushed)
        memmove(framer->kept, framer->kept + (from - framer->kept_from),
                (size_t)(framer->n_pushed - from) * sizeof(float));
    framer->kept_from = from;
}

/* What stands at a position, n > 0 samples having been pushed; mirrored as
 * often as a short signal needs. */
static float sample_at(const pinna_framer *framer, int64_t position)
{
    const int64_t n = framer->n_pushed;

    while (position < 0 || position >= n) {
        const bool before = position < 0;
        switch (framer->edges) {
        case PINNA_EDGES_ZERO:
            return 0.0f;
        case PINNA_EDGES_REPLICATE:
            position = before ? 0 : n - 1;
            break;
        case PINNA_EDGES_REFLECT:
            position = before ? -position : 2 * n - 2 - position;
            break;
        case PINNA_EDGES_SNIP:
        case PINNA_EDGES_MIRROR:
            position = before ? -position - 1 : 2 * n - 1 - position;
            break;
        }
    }
    return framer->kept[position - framer->kept_from];
}

bool pinna_framer_pull(pinna_framer *framer, float *frame)
{
    if (!is_next_ready(framer))
        return false;

    const int64_t end = framer->begin + (int64_t)framer->length;
    if (framer->begin >= 0 && end <= framer->n_pushed)
        memcpy(frame, framer->kept + (framer->begin - framer->kept_from),
               framer->length * sizeof(float));
    else
        for (size_t i = 0; i < framer->length; i++)
            frame[i] = sample_at(framer, framer->begin + (int64_t)i);

    advance(framer);
    return true;
}
