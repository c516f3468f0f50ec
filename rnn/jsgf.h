/* rnn/jsgf.h -- the phrases of a grammar in the JSpeech Grammar Format (W3C
 * Note, 2000), as far as they are finitely many
 *
 *     #JSGF V1.0;
 *     grammar lights;
 *     public <command> = [please] turn <way> (the | a) light;
 *     <way> = on | off;
 *
 * Sequences, alternatives, groups, parts that may be left out, rules of the
 * same file, <NULL> and <VOID>, comments; words in quotes are those between
 * them. Tags and weights are passed over, but that a weight of 0 is <VOID>. Not
 * repetition and imports, nor rules that come back to themselves: a line of
 * error tells where they are. */
#ifndef PINNA_RNN_JSGF_H
#define PINNA_RNN_JSGF_H

#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>

#define PINNA_JSGF_MAX_PHRASES 100000
#define PINNA_JSGF_MAX_BYTES   1024 /* of a phrase */

/* Does the text begin as such a grammar does? */
bool pinna_is_jsgf(const char *text);

/* One phrase of the rule on that line, words with a space between; it may be
 * written to. What take() returns ends the reading, unless it is PINNA_OK. */
typedef pinna_status pinna_jsgf_take(void *user, char *phrase, size_t line);

/* Give every phrase of the public rules to take(). path is for errors, which
 * name the line; those of take() are its own to tell. */
pinna_status pinna_jsgf_read(const char *text, const char *path,
                             pinna_jsgf_take *take, void *user,
                             pinna_error *error);

#endif
