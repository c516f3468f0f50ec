/* tests/small_models.h -- models of random weights, small enough to be made
 * afresh in every test */
#ifndef PINNA_TESTS_SMALL_MODELS_H
#define PINNA_TESTS_SMALL_MODELS_H

#include "rnn/model.h"

/* Every field set, as for a file; to be freed by pinna_model_free(). Words
 * "one", "zéro" and " " at 16 kHz; and 12 bands. */
pinna_model *new_ctc_model(void);
pinna_model *new_denoise_model(void);

/* As the first, of an LSTM with all that a network may have: in both
 * directions, normalised, with a learned state and two streams. */
pinna_model *new_bidirectional_model(void);

/* Columns "load", "3" and "wind"; characters "\n", "a", "é" to themselves, and
 * to classes or tokens "<end>", "b", "c". */
pinna_model *new_regress_model(void);
pinna_model *new_generate_model(void);
pinna_model *new_classify_model(void);
pinna_model *new_seq2seq_model(void);

/* The weights as they are now, packed: the model can serve streams, or whole
 * recordings. */
void make_streamable(pinna_model *model);

/* The same with int8 weights. */
void make_int8(pinna_model *model);

/* Set every bias of the output to this. */
void set_output_bias(pinna_model *model, float bias);

#endif
