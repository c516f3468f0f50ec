/* rnn/model_json.h -- the JSON text in a model file: all but the tensors
 *
 *   {"format": 1 | 2, "pinna_version": "0.1.0", "task": "ctc" | "denoise" |
 *        "regress" | "generate" | "classify" | "seq2seq",
 *    "network": {rnn/network_json.h},
 *    "features": {fields of pinna_fbank_config, stack, stride},
 *    "tokens": ["<blank>", ...], "word_tokens": true,
 *    "subword_tokens": true,                              (may be left out)
 *    "input_tokens": ["<unk>", ...], "input_words": true,
 *    "bands": {fields of pinna_denoise_bands},
 *    "forecast": {window, horizon}, "mean_pooling": true,
 *    "seq2seq": {n_in, n_embed, n_hidden, cell, score},
 *    "training": {...}, "quality": {...}}                 (may be left out)
 *
 * Which of them a task has is told by rnn/model_parts.h.
 * Every other field must be there, of its type and in its range; unknown ones
 * are ignored, so that later versions may add some. Format 1 is for networks of
 * GRU in one direction and nothing more, which any version reads. */
#ifndef PINNA_RNN_MODEL_JSON_H
#define PINNA_RNN_MODEL_JSON_H

#include "dsp/status.h"
#include "rnn/model.h"

/* Fill what the text holds into *model, which is all zero before: task,
 * network.config, ctc_ear, tokens, word_tokens, subword_tokens, bands,
 * training, quality. The caller frees the model, also on failure.
 * PINNA_BAD_FORMAT, PINNA_UNSUPPORTED for another format or task,
 * PINNA_NO_MEMORY. */
pinna_status pinna_model_json_parse(const char *text, const char *name,
                                    pinna_model *model, pinna_error *error);

/* The reverse; the caller frees *text. The same model gives the same text.
 * PINNA_BAD_ARG for what pinna_model_json_parse() would refuse. */
pinna_status pinna_model_json_make(const pinna_model *model, const char *name,
                                   char **text, pinna_error *error);

#endif
