/* tools/transcript_format.h -- the formats that transcripts are written in */
#ifndef PINNA_TOOLS_TRANSCRIPT_FORMAT_H
#define PINNA_TOOLS_TRANSCRIPT_FORMAT_H

#include "tools/json_writer.h"
#include "tools/transcript.h"

#include <stdbool.h>
#include <stdio.h>

typedef enum pinna_transcript_format {
    PINNA_TRANSCRIPT_TEXT,
    PINNA_TRANSCRIPT_JSON,
    PINNA_TRANSCRIPT_JSONL,
    PINNA_TRANSCRIPT_SRT, /* SubRip: a caption ends with the utterance, after 7
                             words or 5 s */
    PINNA_TRANSCRIPT_VTT, /* WebVTT, with the same captions */
    PINNA_TRANSCRIPT_CTM,
    PINNA_TRANSCRIPT_TRN, /* NIST sclite's: words and (recording) */
    PINNA_N_TRANSCRIPT_FORMATS
} pinna_transcript_format;

/* On a command line; and at the end of a file's name. */
extern const char *const pinna_transcript_formats[PINNA_N_TRANSCRIPT_FORMATS];
extern const char *const pinna_transcript_suffixes[PINNA_N_TRANSCRIPT_FORMATS];

/* All of it, as it stands in a file of its own; JSON and JSON Lines are one
 * object on a line. named: text lines begin with the path and a tab. */
void pinna_transcript_write(const pinna_transcript *transcript,
                            pinna_transcript_format format, const char *path,
                            bool named, FILE *file);

/* One line of words, without a newline. */
void pinna_transcript_write_text(const pinna_transcript *transcript,
                                 FILE *file);

/* One object: file, text, duration, speed, words with start, end,
 * confidence and the number of their utterance. */
void pinna_transcript_write_json(const pinna_transcript *transcript,
                                 const char *path, pinna_json *json);

/* SubRip, with captions from this number on; gives the next one. */
size_t pinna_words_write_srt(const pinna_word *words, size_t n_words,
                             size_t number, FILE *file);

/* The name of the file without folder and suffix, as NIST's formats take it:
 * fields are separated by spaces, so those become underscores. */
void pinna_write_recording_name(const char *path, FILE *file);

/* NIST sclite's CTM: recording, channel, start, duration, word, confidence. */
void pinna_transcript_write_ctm(const pinna_transcript *transcript,
                                const char *path, FILE *file);

#endif
