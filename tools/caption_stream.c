#include "tools/caption_stream.h"

#include "dsp/delay_line.h"
#include "dsp/vad.h"
#include "rnn/word_maker.h"
#include "tools/transcript.h"

#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Of the silence that the next utterance begins with; what is spoken meanwhile
 * is not yet seen by the VAD. */
#define REPLAY_S 0.1

/* The recogniser tells a word at most so long after its end. */
#define UNHEARD_S 0.4

/* Bounds of one utterance: with so many words it ends. The recogniser may then
 * have as many more as it holds, and again when it finishes. */
#define LONGEST_S 60.0
enum {
    ENOUGH_WORDS = 256,
    MAX_WORDS = ENOUGH_WORDS + 2 * PINNA_RECOGNISER_QUEUE,
    MAX_TAIL = 1024
};

struct pinna_caption_stream {
    pinna_caption_config config;
    pinna_recogniser *recogniser;
    pinna_vad *vad;
    pinna_delay_line past; /* the last REPLAY_S */
    float *replayed;       /* [n_replay] */
    size_t n_replay, n_step;

    uint64_t n_taken;      /* samples of the stream */
    uint64_t n_before;     /* of them when the recogniser began anew */
    uint64_t n_vad_frames; /* of the stream */
    double speech_end_s;   /* of the latest speech, or word without */

    pinna_word words[MAX_WORDS]; /* of this utterance */
    size_t n_words;
    size_t n_pending; /* behind them, of a phrase that goes on */
    double begun_s;   /* when its first text came */
    char tail[MAX_TAIL];
    bool ended; /* the words are still those of the utterance before */
};

static double now_s(const pinna_caption_stream *stream)
{
    return (double)stream->n_taken / (double)stream->config.sample_rate;
}

static pinna_status new_recogniser(pinna_caption_stream *stream,
                                   pinna_error *error)
{
    const pinna_caption_config *config = &stream->config;
    pinna_status status = pinna_recogniser_new(
        config->model, config->sample_rate, &stream->recogniser, error);

    if (!status && config->decoding->beam > 0 &&
        pinna_recogniser_use_beam(stream->recogniser, &config->decoding->config,
                                  0))
        status = pinna_fail(error, PINNA_NO_MEMORY, "out of memory");
    return status;
}

pinna_status pinna_caption_stream_new(const pinna_caption_config *config,
                                      pinna_caption_stream **out,
                                      pinna_error *error)
{
    const pinna_vad_config vad = pinna_vad_config_default();

    *out = NULL;
    pinna_caption_stream *stream = calloc(1, sizeof *stream);
    if (!stream)
        return pinna_fail(error, PINNA_NO_MEMORY, "out of memory");
    stream->config = *config;
    stream->n_step = config->sample_rate / 100;
    stream->n_replay = (size_t)(REPLAY_S * config->sample_rate);
    pinna_status status = new_recogniser(stream, error);
    if (!status)
        status = pinna_vad_new(&vad, config->sample_rate, &stream->vad, error);
    stream->replayed = malloc(stream->n_replay * sizeof(float));
    if (!status && (!stream->replayed ||
                    pinna_delay_line_init(&stream->past, stream->n_replay)))
        status = pinna_fail(error, PINNA_NO_MEMORY, "out of memory");
    if (status) {
        pinna_caption_stream_free(stream);
        return status;
    }
    *out = stream;
    return PINNA_OK;
}

void pinna_caption_stream_free(pinna_caption_stream *stream)
{
    if (!stream)
        return;
    pinna_recogniser_free(stream->recogniser);
    pinna_vad_free(stream->vad);
    pinna_delay_line_close(&stream->past);
    free(stream->replayed);
    free(stream);
}

/* ---- text ---- */

/* Keep the pending words, all or none. */
static bool end_phrase(pinna_caption_stream *stream)
{
    pinna_transcript phrase = {.words = stream->words + stream->n_words,
                               .n_words = stream->n_pending};

    pinna_transcript_drop_unsure(&phrase, stream->config.min_confidence);
    stream->n_words += phrase.n_words;
    stream->n_pending = 0;
    return phrase.n_words > 0;
}

/* Words that the recogniser has finished. */
static bool take_words(pinna_caption_stream *stream)
{
    const double before_s =
        (double)stream->n_before / (double)stream->config.sample_rate -
        stream->config.delay_s;
    bool changed = false;
    pinna_word word;

    while (pinna_recogniser_poll(stream->recogniser, &word)) {
        assert(stream->n_words + stream->n_pending < MAX_WORDS);
        word.start = fmax(word.start + before_s, 0);
        word.end = fmax(word.end + before_s, 0);
        stream->words[stream->n_words + stream->n_pending++] = word;
        if (!word.goes_on && end_phrase(stream))
            changed = true;
    }
    return changed;
}

static bool take_tail(pinna_caption_stream *stream)
{
    const pinna_word *pending = stream->words + stream->n_words;
    char tail[MAX_TAIL] = "", rest[MAX_TAIL] = "";

    if (stream->config.decoding->beam > 0)
        pinna_recogniser_tail(stream->recogniser, rest, sizeof rest);
    for (size_t i = 0; i < stream->n_pending; i++) {
        pinna_append_text(tail, sizeof tail, pending[i].text);
        if (rest[0] != '\0' || i + 1 < stream->n_pending)
            pinna_append_text(tail, sizeof tail, " ");
    }
    pinna_append_text(tail, sizeof tail, rest);
    if (strcmp(tail, stream->tail) == 0)
        return false;
    memcpy(stream->tail, tail, sizeof tail);
    return true;
}

static bool has_text(const pinna_caption_stream *stream)
{
    return stream->n_words > 0 || stream->tail[0] != '\0';
}

static void give(const pinna_caption_stream *stream, bool final,
                 pinna_caption *caption)
{
    *caption = (pinna_caption){
        .changed = true,
        .final = final,
        .words = stream->words,
        .n_words = stream->n_words,
        .tail = stream->tail,
    };
}

/* ---- pauses ---- */

static void follow_speech(pinna_caption_stream *stream, const float *samples,
                          size_t n)
{
    const double shift_s = pinna_vad_frame_shift_s(stream->vad);
    pinna_vad_frame frame;

    for (size_t used = 0; used < n;) {
        used += pinna_vad_push(stream->vad, samples + used, n - used);
        while (pinna_vad_pull(stream->vad, &frame)) {
            stream->n_vad_frames++;
            if (frame.speech)
                stream->speech_end_s = (double)stream->n_vad_frames * shift_s;
        }
    }
}

/* The words of the utterance are those that there are, and another may begin.
 */
static void end_utterance(pinna_caption_stream *stream, pinna_caption *caption)
{
    pinna_recogniser_finish(stream->recogniser);
    take_words(stream);
    stream->n_pending = 0; /* a phrase without end is none */
    stream->tail[0] = '\0';
    give(stream, true, caption);

    pinna_recogniser_reset(stream->recogniser);
    pinna_delay_line_read(&stream->past, 0, stream->replayed, stream->n_replay);
    const size_t n = stream->n_taken < stream->n_replay
                         ? (size_t)stream->n_taken
                         : stream->n_replay;
    stream->n_before = stream->n_taken - n;
    pinna_recogniser_process(stream->recogniser,
                             stream->replayed + stream->n_replay - n, n);
}

size_t pinna_caption_stream_process(pinna_caption_stream *stream,
                                    const float *samples, size_t n,
                                    pinna_caption *caption)
{
    *caption = (pinna_caption){.changed = false};
    n = n < stream->n_step ? n : stream->n_step;
    if (stream->ended) {
        stream->n_words = 0;
        stream->ended = false;
    }
    const bool had_text = has_text(stream);
    pinna_recogniser_process(stream->recogniser, samples, n);
    pinna_delay_line_write(&stream->past, samples, n);
    stream->n_taken += n;
    follow_speech(stream, samples, n);
    const bool has_words = take_words(stream);
    if (take_tail(stream) || has_words)
        give(stream, false, caption);
    if (!has_text(stream))
        return n;

    if (!had_text) {
        stream->begun_s = now_s(stream);
        /* Words that the VAD has not heard have a silence of their own. */
        if (stream->begun_s - stream->speech_end_s > UNHEARD_S)
            stream->speech_end_s = stream->begun_s;
    }
    if (now_s(stream) - stream->speech_end_s >=
            1e-3 * stream->config.endpoint_ms ||
        now_s(stream) - stream->begun_s >= LONGEST_S ||
        stream->n_words + stream->n_pending >= ENOUGH_WORDS) {
        end_utterance(stream, caption);
        stream->ended = true;
    }
    return n;
}

void pinna_caption_stream_finish(pinna_caption_stream *stream,
                                 pinna_caption *caption)
{
    *caption = (pinna_caption){.changed = false};
    if (stream->ended)
        stream->n_words = 0;
    pinna_recogniser_finish(stream->recogniser);
    take_words(stream);
    stream->n_pending = 0; /* a phrase without end is none */
    if (!has_text(stream))
        return;
    stream->tail[0] = '\0';
    give(stream, true, caption);
}
