/* tools/caption_writer.h -- captions on standard output, and into a file
 *
 * On a terminal what stays is plain and the tail dim; else each change is a
 * line of JSON. The file, SubRip if its name ends in .srt and else text, gets
 * what is final, one caption for each utterance, and appears at the end. */
#ifndef PINNA_TOOLS_CAPTION_WRITER_H
#define PINNA_TOOLS_CAPTION_WRITER_H

#include "dsp/status.h"
#include "tools/caption_stream.h"
#include "tools/output_file.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct pinna_caption_writer {
    bool terminal;
    size_t n_columns;
    size_t n_plain; /* words of this utterance that stand on rows above */

    pinna_output_file output;
    bool has_file, srt;
    size_t srt_number; /* of the next caption */

    /* How late captions are, behind the end of the word that they tell. */
    size_t n_utterances, n_words;
    double first_s; /* when this utterance had its first text, or < 0 */
    double first_delay_sum, first_delay_most, final_delay_sum, final_delay_most;
} pinna_caption_writer;

/* path may be NULL. */
pinna_status pinna_caption_writer_open(pinna_caption_writer *writer,
                                       const char *path, pinna_error *error);

/* time_s: of the sound that has come from the device by now. */
void pinna_caption_writer_take(pinna_caption_writer *writer,
                               const pinna_caption *caption, double time_s);

/* Let the file appear. */
pinna_status pinna_caption_writer_commit(pinna_caption_writer *writer,
                                         pinna_error *error);
/* Without it; fine after commit, too. */
void pinna_caption_writer_abort(pinna_caption_writer *writer);

#endif
