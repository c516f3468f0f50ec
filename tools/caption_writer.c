#include "tools/caption_writer.h"

#include "tools/json_writer.h"
#include "tools/transcript.h"
#include "tools/transcript_format.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define USUAL_COLUMNS 80

/* Control sequences of ECMA-48. */
#define CLEAR_ROW "\r\033[K"
#define DIM       "\033[2m"
#define PLAIN     "\033[0m"

static size_t terminal_columns(void)
{
    struct winsize size;

    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0
               ? size.ws_col
               : USUAL_COLUMNS;
}

pinna_status pinna_caption_writer_open(pinna_caption_writer *writer,
                                       const char *path, pinna_error *error)
{
    const char *suffix = path ? strrchr(path, '.') : NULL;

    *writer = (pinna_caption_writer){
        .terminal = isatty(STDOUT_FILENO),
        .has_file = path != NULL,
        .srt = suffix && strcasecmp(suffix, ".srt") == 0,
        .srt_number = 1,
        .first_s = -1,
    };
    return path ? pinna_output_file_open(path, &writer->output, error)
                : PINNA_OK;
}

/* ---- terminal ---- */

/* Characters of UTF-8. */
static size_t width(const char *text)
{
    size_t n = 0;

    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

/* The end of the text that fits into n columns. */
static const char *last_columns(const char *text, size_t n)
{
    for (size_t left = width(text); left > n; left--)
        do
            text++;
        while (((unsigned char)*text & 0xc0) == 0x80);
    return text;
}

static void show(pinna_caption_writer *writer, const pinna_caption *caption)
{
    size_t n = 0;

    writer->n_columns = terminal_columns();
    fputs(CLEAR_ROW, stdout);
    for (size_t i = writer->n_plain; i < caption->n_words; i++) {
        const size_t n_word = width(caption->words[i].text) + 1;
        if (n > 0 && n + n_word >= writer->n_columns) {
            /* The row is full and stays. */
            putchar('\n');
            writer->n_plain = i;
            n = 0;
        }
        printf("%s%s", n > 0 ? " " : "", caption->words[i].text);
        n += n_word;
    }
    if (caption->tail[0] != '\0' && n + 1 < writer->n_columns)
        printf("%s" DIM "%s" PLAIN, n > 0 ? " " : "",
               last_columns(caption->tail, writer->n_columns - n - 1));
    if (caption->final) {
        if (n > 0)
            putchar('\n');
        writer->n_plain = 0;
    }
    fflush(stdout);
}

/* ---- pipe ---- */

static void write_words(pinna_json *json, const pinna_caption *caption)
{
    pinna_json_open(json, "words", '[');
    for (size_t i = 0; i < caption->n_words; i++) {
        const pinna_word *word = &caption->words[i];
        pinna_json_open(json, NULL, '{');
        pinna_json_string(json, "word", word->text);
        pinna_json_number(json, "start", word->start, 3);
        pinna_json_number(json, "end", word->end, 3);
        pinna_json_number(json, "confidence", (double)word->confidence, 3);
        pinna_json_close(json, '}');
    }
    pinna_json_close(json, ']');
}

static void write_line(const pinna_caption *caption, double time_s)
{
    const pinna_transcript transcript = {.words = (pinna_word *)caption->words,
                                         .n_words = caption->n_words};
    char *text = pinna_transcript_text(&transcript);
    pinna_json json = {.file = stdout};

    pinna_json_open(&json, NULL, '{');
    pinna_json_string(&json, "type", caption->final ? "final" : "partial");
    pinna_json_number(&json, "time", time_s, 3);
    pinna_json_string(&json, "text", text);
    if (caption->final)
        write_words(&json, caption);
    else
        pinna_json_string(&json, "tail", caption->tail);
    pinna_json_close(&json, '}');
    fflush(stdout);
    free(text);
}

/* ---- file ---- */

static void write_final(pinna_caption_writer *writer,
                        const pinna_caption *caption)
{
    FILE *file = writer->output.stream;

    if (writer->srt) {
        writer->srt_number = pinna_words_write_srt(
            caption->words, caption->n_words, writer->srt_number, file);
        return;
    }
    for (size_t i = 0; i < caption->n_words; i++)
        fprintf(file, "%s%s", i > 0 ? " " : "", caption->words[i].text);
    fputc('\n', file);
}

/* ---- all of them ---- */

static void measure(pinna_caption_writer *writer, const pinna_caption *caption,
                    double time_s)
{
    /* A tail that has vanished was no speech. */
    if (caption->n_words == 0 && caption->tail[0] == '\0')
        writer->first_s = -1;
    else if (writer->first_s < 0)
        writer->first_s = time_s;
    if (!caption->final)
        return;
    if (caption->n_words > 0) {
        const double first = writer->first_s - caption->words[0].end;
        const double final = time_s - caption->words[caption->n_words - 1].end;
        writer->first_delay_sum += first;
        writer->first_delay_most = fmax(writer->first_delay_most, first);
        writer->final_delay_sum += final;
        writer->final_delay_most = fmax(writer->final_delay_most, final);
        writer->n_utterances++;
        writer->n_words += caption->n_words;
    }
    writer->first_s = -1;
}

void pinna_caption_writer_take(pinna_caption_writer *writer,
                               const pinna_caption *caption, double time_s)
{
    measure(writer, caption, time_s);
    if (writer->terminal)
        show(writer, caption);
    else
        write_line(caption, time_s);
    if (writer->has_file && caption->final && caption->n_words > 0)
        write_final(writer, caption);
}

pinna_status pinna_caption_writer_commit(pinna_caption_writer *writer,
                                         pinna_error *error)
{
    return writer->has_file ? pinna_output_file_commit(&writer->output, error)
                            : PINNA_OK;
}

void pinna_caption_writer_abort(pinna_caption_writer *writer)
{
    pinna_output_file_abort(&writer->output);
}
