/* tools/align_part.h -- forced alignment: where the words of a known text are
 * in a recording */
#ifndef PINNA_TOOLS_ALIGN_PART_H
#define PINNA_TOOLS_ALIGN_PART_H

#include "dsp/status.h"
#include "rnn/model.h"
#include "tools/transcript.h"

#include <stdio.h>

/* The words of the text with their times: those of the likeliest path of the
 * model's tokens, with the edges of the sound there, as a recogniser gives
 * them. transcript is to be freed, also after a failure. A word that only
 * "<unk>" stands for is looked for as that. Errors name the file: a text that
 * the model cannot write, or more words than fit. */
pinna_status pinna_align_part(const pinna_model *model,
                              const pinna_sound_part *part, const char *text,
                              pinna_transcript *transcript, pinna_error *error);

/* Praat's TextGrid, long form: a tier of intervals, "words", without gaps. */
void pinna_transcript_write_textgrid(const pinna_transcript *transcript,
                                     FILE *file);

#endif
