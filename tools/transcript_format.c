#include "tools/transcript_format.h"

#include <stdlib.h>
#include <string.h>

/* Captions that can be read in passing. */
static const double caption_longest_s = 5;
enum { CAPTION_WORDS = 7 };

const char *const pinna_transcript_formats[PINNA_N_TRANSCRIPT_FORMATS] = {
    "text", "json", "jsonl", "srt", "vtt", "ctm", "trn"};

const char *const pinna_transcript_suffixes[PINNA_N_TRANSCRIPT_FORMATS] = {
    ".txt", ".json", ".jsonl", ".srt", ".vtt", ".ctm", ".trn"};

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
        fprintf(file, " %zu %.3f %.3f %s %.3f\n",
                transcript->channel ? transcript->channel : 1, word->start,
                word->end - word->start, word->text, (double)word->confidence);
    }
}

static void write_trn(const pinna_transcript *transcript, const char *path,
                      FILE *file)
{
    pinna_transcript_write_text(transcript, file);
    fputs(transcript->n_words > 0 ? " (" : "(", file);
    pinna_write_recording_name(path, file);
    fputs(")\n", file);
}

/* "00:01:02,345", with the point of the format. */
static void write_time(double seconds, char point, FILE *file)
{
    const long long ms = (long long)(seconds * 1000 + 0.5);

    fprintf(file, "%02lld:%02lld:%02lld%c%03lld", ms / 3600000, ms / 60000 % 60,
            ms / 1000 % 60, point, ms % 1000);
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

/* Captions with numbers from this one on, an empty line behind each; gives the
 * next number. */
static size_t write_captions(const pinna_word *words, size_t n_words,
                             size_t number, char point, FILE *file)
{
    for (size_t first = 0, end; first < n_words; first = end) {
        end = end_of_caption(words, n_words, first);
        fprintf(file, "%zu\n", number++);
        write_time(words[first].start, point, file);
        fputs(" --> ", file);
        write_time(words[end - 1].end, point, file);
        for (size_t i = first; i < end; i++)
            fprintf(file, "%c%s", i == first ? '\n' : ' ', words[i].text);
        fputs("\n\n", file);
    }
    return number;
}

size_t pinna_words_write_srt(const pinna_word *words, size_t n_words,
                             size_t number, FILE *file)
{
    return write_captions(words, n_words, number, ',', file);
}

/* Lines of SCORE<TAB>TEXT, or of FILE<TAB>SCORE<TAB>TEXT. */
static void write_alternatives(const pinna_transcript *transcript,
                               const char *name, FILE *file)
{
    for (size_t i = 0; i < transcript->n_alternatives; i++) {
        if (name)
            fprintf(file, "%s\t", name);
        fprintf(file, "%.3f\t%s\n", transcript->alternatives[i].score,
                transcript->alternatives[i].text);
    }
}

static void write_text_line(const pinna_transcript *transcript,
                            const char *name, FILE *file)
{
    if (transcript->n_alternatives > 0) {
        write_alternatives(transcript, name, file);
        return;
    }
    if (name)
        fprintf(file, "%s\t", name);
    pinna_transcript_write_text(transcript, file);
    fputc('\n', file);
}

void pinna_transcript_write(const pinna_transcript *transcript,
                            pinna_transcript_format format, const char *path,
                            bool named, FILE *file)
{
    pinna_json line = {.file = file};

    switch (format) {
    case PINNA_TRANSCRIPT_TEXT:
        write_text_line(transcript, named ? path : NULL, file);
        break;
    case PINNA_TRANSCRIPT_JSON:
    case PINNA_TRANSCRIPT_JSONL:
        pinna_transcript_write_json(transcript, path, &line);
        break;
    case PINNA_TRANSCRIPT_CTM:
        pinna_transcript_write_ctm(transcript, path, file);
        break;
    case PINNA_TRANSCRIPT_TRN:
        write_trn(transcript, path, file);
        break;
    case PINNA_TRANSCRIPT_SRT:
        pinna_words_write_srt(transcript->words, transcript->n_words, 1, file);
        break;
    case PINNA_TRANSCRIPT_VTT:
        fputs("WEBVTT\n\n", file);
        write_captions(transcript->words, transcript->n_words, 1, '.', file);
        break;
    case PINNA_N_TRANSCRIPT_FORMATS:
        break;
    }
}
