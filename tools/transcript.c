#include "tools/transcript.h"

#include "tools/interrupt.h"
#include "tools/sound_blocks.h"

#include <stdlib.h>
#include <string.h>

/* Captions that can be read in passing. */
static const double caption_longest_s = 5;
enum { CAPTION_WORDS = 7 };

void pinna_transcript_free(pinna_transcript *transcript)
{
    for (size_t i = 0; i < transcript->n_alternatives; i++)
        free(transcript->alternatives[i].text);
    free(transcript->alternatives);
    free(transcript->words);
    *transcript = (pinna_transcript){0};
}

/* Take what the recogniser has ready. */
static bool collect(pinna_recogniser *recogniser, pinna_transcript *transcript,
                    size_t *capacity)
{
    pinna_word word;

    while (pinna_recogniser_poll(recogniser, &word)) {
        if (transcript->n_words == *capacity) {
            const size_t grown = *capacity ? 2 * *capacity : 16;
            pinna_word *words =
                realloc(transcript->words, grown * sizeof *words);
            if (!words)
                return false;
            transcript->words = words;
            *capacity = grown;
        }
        transcript->words[transcript->n_words++] = word;
    }
    return true;
}

/* Where the samples go: a recogniser, or an array when they are wanted all at
 * once. */
typedef struct listener {
    const pinna_decoding *decoding;
    pinna_recogniser *recogniser;
    float *samples; /* [n] */
    size_t n, capacity;
    pinna_transcript *transcript;
    size_t words_capacity;
} listener;

static bool keep(listener *to, const float *samples, size_t n)
{
    if (n > to->capacity - to->n) {
        const size_t grown = 2 * to->capacity + n;
        float *more = realloc(to->samples, grown * sizeof *more);
        if (!more)
            return false;
        to->samples = more;
        to->capacity = grown;
    }
    memcpy(to->samples + to->n, samples, n * sizeof *samples);
    to->n += n;
    return true;
}

static bool listen(listener *to, const float *samples, size_t n)
{
    if (!to->recogniser)
        return keep(to, samples, n);
    pinna_recogniser_process(to->recogniser, samples, n);
    return collect(to->recogniser, to->transcript, &to->words_capacity);
}

static pinna_status out_of_memory(const pinna_sound_blocks *blocks,
                                  pinna_error *error)
{
    return pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory",
                      blocks->path);
}

/* blocks -> listener */
static pinna_status read_all(pinna_sound_blocks *blocks, listener *to,
                             pinna_progress *progress, size_t n_parts,
                             pinna_error *error)
{
    float mono[PINNA_SOUND_BLOCK];
    double share = 0;
    pinna_status status;

    while (!(status = pinna_sound_blocks_next(blocks, error)) &&
           blocks->n > 0) {
        if (pinna_interrupted())
            return pinna_fail(error, PINNA_INTERRUPTED, "%s: interrupted",
                              blocks->path);
        pinna_sound_blocks_mix(blocks, mono);
        if (!listen(to, mono, blocks->n))
            return out_of_memory(blocks, error);
        share += blocks->share;
        if (progress)
            pinna_progress_add(progress, blocks->share, (double)n_parts);
    }
    if (!status && progress)
        pinna_progress_add(progress, 1 - share, (double)n_parts);
    return status;
}

/* The recogniser of the listener. */
static pinna_status make_recogniser(const pinna_model *model, unsigned rate,
                                    listener *to, pinna_error *error)
{
    const pinna_decoding *decoding = to->decoding;
    pinna_status status =
        model->offline
            ? pinna_recogniser_new_offline(model, rate, to->n, &to->recogniser,
                                           error)
            : pinna_recogniser_new(model, rate, &to->recogniser, error);

    if (!status && decoding->beam > 0) {
        status = pinna_recogniser_use_beam(to->recogniser, &decoding->config,
                                           decoding->n_best);
        if (status)
            pinna_fail(error, status, "%s", pinna_strerror(status));
    }
    return status;
}

/* Words [n], and what follows them; NULL without memory. */
static char *join(const pinna_transcript *transcript, size_t n,
                  const char *rest)
{
    const pinna_transcript first = {.words = transcript->words, .n_words = n};
    char *begin = pinna_transcript_text(&first);
    if (!begin)
        return NULL;
    const size_t used = strlen(begin), size = used + strlen(rest) + 2;
    char *text = realloc(begin, size);
    if (!text) {
        free(begin);
        return NULL;
    }
    snprintf(text + used, size - used, "%s%s", used > 0 && *rest ? " " : "",
             rest);
    return text;
}

static bool take_alternatives(const listener *to)
{
    pinna_transcript *transcript = to->transcript;
    const pinna_alternative *from;
    const size_t n = pinna_recogniser_alternatives(to->recogniser, &from);

    transcript->alternatives = calloc(n + 1, sizeof *transcript->alternatives);
    if (!transcript->alternatives)
        return false;
    for (size_t i = 0; i < n; i++) {
        pinna_hypothesis *made = &transcript->alternatives[i];
        made->score = from[i].score;
        made->text = join(transcript, from[i].n_words, from[i].rest);
        if (!made->text)
            return false;
        transcript->n_alternatives++;
    }
    return true;
}

/* blocks -> recogniser -> words; all blocks at once for a bidirectional model.
 */
static pinna_status recognise(const pinna_model *model,
                              pinna_sound_blocks *blocks, listener *to,
                              pinna_progress *progress, size_t n_parts,
                              pinna_error *error)
{
    const unsigned rate = blocks->info.sample_rate;
    pinna_error cause = {""};
    pinna_status status = PINNA_OK;

    if (!model->offline)
        status = make_recogniser(model, rate, to, &cause);
    if (!status) {
        status = read_all(blocks, to, progress, n_parts, error);
        if (status)
            return status;
    }
    if (model->offline)
        status = make_recogniser(model, rate, to, &cause);
    if (status)
        return pinna_fail(error, status, "%s: %s", blocks->path, cause.text);
    if (model->offline)
        pinna_recogniser_process(to->recogniser, to->samples, to->n);
    pinna_recogniser_finish(to->recogniser);
    return collect(to->recogniser, to->transcript, &to->words_capacity) &&
                   take_alternatives(to)
               ? PINNA_OK
               : out_of_memory(blocks, error);
}

pinna_status pinna_transcribe_part(const pinna_model *model,
                                   const pinna_decoding *decoding,
                                   const pinna_sound_part *part,
                                   const char *who, pinna_progress *progress,
                                   size_t n_parts, pinna_transcript *transcript,
                                   pinna_error *error)
{
    const double start_s = pinna_clock_s();
    pinna_sound_blocks *blocks;
    listener to = {.decoding = decoding, .transcript = transcript};

    *transcript = (pinna_transcript){0};
    pinna_status status = pinna_sound_blocks_open(
        part->path, part->offset_s, part->duration_s, &blocks, error);
    if (status)
        return status;
    status = recognise(model, blocks, &to, progress, n_parts, error);
    if (!status) {
        pinna_sound_blocks_warn(blocks, who);
        transcript->duration_s =
            (double)blocks->n_done / (double)blocks->info.sample_rate;
        transcript->work_s = pinna_clock_s() - start_s;
    }
    pinna_recogniser_free(to.recogniser);
    free(to.samples);
    pinna_sound_blocks_close(blocks);
    return status;
}

double pinna_default_min_confidence(const pinna_model *model)
{
    return model->word_tokens ? PINNA_MIN_WORD_CONFIDENCE : 0;
}

void pinna_transcript_drop_unsure(pinna_transcript *transcript,
                                  double min_confidence)
{
    size_t n_kept = 0;
    for (size_t i = 0; i < transcript->n_words; i++)
        if ((double)transcript->words[i].confidence >= min_confidence)
            transcript->words[n_kept++] = transcript->words[i];
    transcript->n_words = n_kept;
}

char *pinna_transcript_text(const pinna_transcript *transcript)
{
    size_t size = 1;

    for (size_t i = 0; i < transcript->n_words; i++)
        size += strlen(transcript->words[i].text) + 1;
    char *text = malloc(size);
    if (!text)
        return NULL;
    char *end = text;
    for (size_t i = 0; i < transcript->n_words; i++) {
        const size_t n = strlen(transcript->words[i].text);
        if (i > 0)
            *end++ = ' ';
        memcpy(end, transcript->words[i].text, n);
        end += n;
    }
    *end = '\0';
    return text;
}

void pinna_transcript_write_text(const pinna_transcript *transcript, FILE *file)
{
    for (size_t i = 0; i < transcript->n_words; i++)
        fprintf(file, "%s%s", i > 0 ? " " : "", transcript->words[i].text);
}

void pinna_transcript_write_json(const pinna_transcript *transcript,
                                 const char *path, pinna_json *json)
{
    char *text = pinna_transcript_text(transcript);

    pinna_json_open(json, NULL, '{');
    pinna_json_string(json, "file", path);
    pinna_json_string(json, "text", text);
    pinna_json_number(json, "duration", transcript->duration_s, 3);
    pinna_json_number(json, "speed",
                      transcript->duration_s / transcript->work_s, 1);
    pinna_json_open(json, "words", '[');
    for (size_t i = 0; i < transcript->n_words; i++) {
        const pinna_word *word = &transcript->words[i];
        pinna_json_open(json, NULL, '{');
        pinna_json_string(json, "word", word->text);
        pinna_json_number(json, "start", word->start, 3);
        pinna_json_number(json, "end", word->end, 3);
        pinna_json_number(json, "confidence", (double)word->confidence, 3);
        pinna_json_count(json, "utterance", word->utterance);
        pinna_json_close(json, '}');
    }
    pinna_json_close(json, ']');
    if (transcript->n_alternatives > 0) {
        pinna_json_open(json, "alternatives", '[');
        for (size_t i = 0; i < transcript->n_alternatives; i++) {
            pinna_json_open(json, NULL, '{');
            pinna_json_string(json, "text", transcript->alternatives[i].text);
            pinna_json_number(json, "score", transcript->alternatives[i].score,
                              3);
            pinna_json_close(json, '}');
        }
        pinna_json_close(json, ']');
    }
    pinna_json_close(json, '}');
    free(text);
}

void pinna_write_recording_name(const char *path, FILE *file)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    const char *end = dot && dot != name ? dot : name + strlen(name);

    for (; name < end; name++)
        fputc(*name == ' ' || *name == '\t' || *name == '\n' ? '_' : *name,
              file);
}

void pinna_transcript_write_ctm(const pinna_transcript *transcript,
                                const char *path, FILE *file)
{
    for (size_t i = 0; i < transcript->n_words; i++) {
        const pinna_word *word = &transcript->words[i];
        pinna_write_recording_name(path, file);
        fprintf(file, " 1 %.3f %.3f %s %.3f\n", word->start,
                word->end - word->start, word->text, (double)word->confidence);
    }
}

/* "00:01:02,345" */
static void write_srt_time(double seconds, FILE *file)
{
    const long long ms = (long long)(seconds * 1000 + 0.5);

    fprintf(file, "%02lld:%02lld:%02lld,%03lld", ms / 3600000, ms / 60000 % 60,
            ms / 1000 % 60, ms % 1000);
}

/* The first word after the caption that begins with word `first`. */
static size_t end_of_caption(const pinna_word *words, size_t n_words,
                             size_t first)
{
    size_t i = first + 1;

    while (i < n_words && i - first < CAPTION_WORDS &&
           words[i].utterance == words[i - 1].utterance &&
           words[i].end - words[first].start <= caption_longest_s)
        i++;
    return i;
}

size_t pinna_words_write_srt(const pinna_word *words, size_t n_words,
                             size_t number, FILE *file)
{
    for (size_t first = 0, end; first < n_words; first = end) {
        end = end_of_caption(words, n_words, first);
        fprintf(file, "%zu\n", number++);
        write_srt_time(words[first].start, file);
        fputs(" --> ", file);
        write_srt_time(words[end - 1].end, file);
        for (size_t i = first; i < end; i++)
            fprintf(file, "%c%s", i == first ? '\n' : ' ', words[i].text);
        fputs("\n\n", file);
    }
    return number;
}

void pinna_transcript_write_srt(const pinna_transcript *transcript, FILE *file)
{
    pinna_words_write_srt(transcript->words, transcript->n_words, 1, file);
}
