/* rnn/model.h -- a trained model: what it is for, its ears and its weights
 *
 * A safetensors file with PyTorch's names for the tensors, and all that is
 * needed to run it as JSON text under the metadata key "pinna". A matrix W is
 * F32, or I8 with an F32 vector W_scale that has a scale for each row. Constant
 * after loading: threads share it. */
#ifndef PINNA_RNN_MODEL_H
#define PINNA_RNN_MODEL_H

#include "dsp/fbank.h"
#include "dsp/status.h"
#include "rnn/denoise_ear.h"
#include "rnn/network.h"
#include "rnn/offline_net.h"
#include "rnn/seq2seq.h"
#include "rnn/stream_net.h"

#include <stdbool.h>
#include <stddef.h>

#define PINNA_TASK_DENOISE  "denoise"
#define PINNA_TASK_CTC      "ctc"
#define PINNA_TASK_REGRESS  "regress"
#define PINNA_TASK_GENERATE "generate"
#define PINNA_TASK_CLASSIFY "classify"
#define PINNA_TASK_SEQ2SEQ  "seq2seq"

#define PINNA_MAX_TOKENS 8192

/* Before pieces that begin a word: U+2581, as in datasets/labels.h. */
#define PINNA_WORD_MARK "\xE2\x96\x81"

/* The ear of a recogniser: features of frames, then `stack` successive frames
 * side by side, every `stride` frames. */
typedef struct pinna_ctc_ear {
    pinna_fbank_config fbank;
    size_t stack, stride;
} pinna_ctc_ear;

/* What a forecast looks at: the value of column 0, horizon rows behind a window
 * of so many. */
typedef struct pinna_forecast {
    size_t window, horizon;
} pinna_forecast;

typedef struct pinna_model {
    char task[16];
    pinna_network network; /* of "seq2seq" params alone, which hold seq2seq */
    /* The network packed to run: one of them, the second one for a
     * bidirectional network; none for "seq2seq". */
    pinna_stream_net *stream;
    pinna_offline_net *offline;
    float *offset, *scale; /* [n_in] input normalisation, pinna_cmvn; NULL where
                              the input are tokens */

    /* Task "ctc", and "classify" and "seq2seq" of recordings. */
    pinna_ctc_ear ctc_ear;

    /* What each number out stands for: of "ctc", where tokens[0] is "<blank>",
     * "generate" ("<unk>"), "seq2seq" ("<end>"); of "classify" the classes. */
    char **tokens;
    size_t n_tokens;
    bool word_tokens;    /* each token is a word; else characters, or with */
    bool subword_tokens; /* pieces of words, of "ctc": those that begin one
                            begin with PINNA_WORD_MARK */

    /* What the input is made of: tokens of a text, of which the first is
     * "<unk>", for "classify" and "seq2seq"; names of columns for "regress". */
    char **input_tokens;
    size_t n_input_tokens;
    bool input_words;

    pinna_forecast forecast; /* of "regress" */
    bool mean_pooling; /* of "classify": of the logits of all frames, else those
                          of the last */
    pinna_seq2seq seq2seq;

    /* task "denoise": n_bands logits of gains, then one of speech */
    pinna_denoise_bands bands;

    /* Free text for people: JSON objects, kept as they are, may be NULL. */
    char *training; /* options, seed, data statement, licence */
    char *quality;  /* figures */
} pinna_model;

/* Errors name the file and the field. */
pinna_status pinna_model_read(const char *path, pinna_model **out,
                              pinna_error *error);
pinna_status pinna_model_parse(const void *bytes, size_t n_bytes,
                               const char *name, pinna_model **out,
                               pinna_error *error);
pinna_status pinna_model_write(const char *path, const pinna_model *model,
                               pinna_error *error);
void pinna_model_free(pinna_model *model);

/* Behind the mark of a piece that begins a word; NULL for other tokens, and of
 * other models. */
PINNA_REALTIME const char *pinna_word_begin(const pinna_model *model,
                                            const char *token);

/* The models built into the library. */
pinna_status pinna_model_default_denoiser(pinna_model **out,
                                          pinna_error *error);
pinna_status pinna_model_default_recogniser(pinna_model **out,
                                            pinna_error *error);

#endif
