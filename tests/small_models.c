#include "small_models.h"

#include "support.h"

#include <stdlib.h>
#include <string.h>

#include "dsp/rng.h"
#include "rnn/model_parts.h"
#include "rnn/quantise.h"

static const char *const tokens[] = {"<blank>", "one", "z\xc3\xa9ro", " "};

static pinna_model *new_model(const char *task, pinna_network_config config)
{
    pinna_model *model = calloc(1, sizeof *model);
    pinna_rng rng;

    pinna_rng_seed(&rng, 1, 0);
    strcpy(model->task, task);
    assert_int_equal(pinna_network_new(&config, &model->network), PINNA_OK);
    pinna_network_init(&model->network, &rng);
    if (pinna_model_n_normalised(model) == 0)
        return model;
    model->offset = calloc(config.n_in, sizeof(float));
    model->scale = calloc(config.n_in, sizeof(float));
    for (size_t i = 0; i < config.n_in; i++) {
        model->offset[i] = (float)pinna_rng_uniform(&rng, -1, 1);
        model->scale[i] = (float)pinna_rng_uniform(&rng, 0.1, 2);
    }
    return model;
}

static char **copy_strings(const char *const *from, size_t n, size_t *n_copied)
{
    char **to = calloc(n, sizeof *to);
    for (size_t i = 0; i < n; i++)
        to[i] = strdup(from[i]);
    *n_copied = n;
    return to;
}

static pinna_model *new_ctc_model_of(pinna_network_config config)
{
    pinna_model *model = new_model(PINNA_TASK_CTC, config);
    pinna_ctc_ear *ear = &model->ctc_ear;

    ear->fbank = pinna_fbank_config_default(PINNA_FEATURE_MFCC);
    ear->fbank.window = PINNA_WINDOW_HAMMING;
    ear->fbank.n_ceps = 5;
    ear->fbank.snip_edges = false;
    ear->stack = 2;
    ear->stride = 3;
    model->tokens = copy_strings(tokens, 4, &model->n_tokens);
    model->word_tokens = true;
    model->training = strdup("{\"seed\":7,\"rate\":0.001,\"by\":\"x\\ny\"}");
    model->quality = strdup("{\"wer\":{\"test\":0.125}}");
    return model;
}

pinna_model *new_ctc_model(void)
{
    return new_ctc_model_of(
        (pinna_network_config){10, 3, 4, 2, 4, .skip = true});
}

pinna_model *new_bidirectional_model(void)
{
    return new_ctc_model_of((pinna_network_config){
        10, 3, 4, 2, 4, .skip = true, .cell = PINNA_CELL_LSTM,
        .bidirectional = true, .learned_state = true, .layer_norm = true,
        .n_streams = 2, .stream_widths = {7, 3}});
}

pinna_model *new_denoise_model(void)
{
    pinna_model *model =
        new_model(PINNA_TASK_DENOISE,
                  (pinna_network_config){12, 0, 5, 1, 13, .skip = false});
    model->bands = pinna_denoise_bands_default(40);
    model->bands.n_bands = 12;
    model->bands.linear_hz = 150;
    return model;
}

static const char *const letters[] = {"<unk>", "\n", "a", "\xc3\xa9"};
static const char *const answers[] = {"<end>", "b", "c"};

pinna_model *new_regress_model(void)
{
    static const char *const columns[] = {"load", "3", "wind"};
    pinna_model *model = new_model(
        PINNA_TASK_REGRESS,
        (pinna_network_config){3, 0, 4, 1, 1, .cell = PINNA_CELL_RNN_TANH});
    model->input_tokens = copy_strings(columns, 3, &model->n_input_tokens);
    model->input_words = true;
    model->forecast = (pinna_forecast){5, 2};
    return model;
}

pinna_model *new_generate_model(void)
{
    pinna_model *model =
        new_model(PINNA_TASK_GENERATE,
                  (pinna_network_config){4, 0, 6, 1, 4, .skip = false});
    model->tokens = copy_strings(letters, 4, &model->n_tokens);
    return model;
}

pinna_model *new_classify_model(void)
{
    pinna_model *model =
        new_model(PINNA_TASK_CLASSIFY,
                  (pinna_network_config){4, 0, 5, 1, 3, .skip = false});
    model->tokens = copy_strings(answers, 3, &model->n_tokens);
    model->word_tokens = true;
    model->input_tokens = copy_strings(letters, 4, &model->n_input_tokens);
    model->input_words = true;
    model->mean_pooling = true;
    return model;
}

pinna_model *new_seq2seq_model(void)
{
    const pinna_seq2seq_config config = {
        PINNA_CELL_LSTM, PINNA_ATTENTION_GENERAL, 4, 0, 3, 3, 5};
    pinna_model *model = calloc(1, sizeof *model);
    pinna_rng rng;

    pinna_rng_seed(&rng, 1, 0);
    strcpy(model->task, PINNA_TASK_SEQ2SEQ);
    model->tokens = copy_strings(answers, 3, &model->n_tokens);
    model->input_tokens = copy_strings(letters, 4, &model->n_input_tokens);
    assert_int_equal(
        pinna_seq2seq_declare(&config, &model->network.params, &model->seq2seq),
        PINNA_OK);
    assert_int_equal(pinna_params_allocate(&model->network.params), PINNA_OK);
    pinna_seq2seq_init(&model->seq2seq, &model->network.params, &rng);
    return model;
}

void make_streamable(pinna_model *model)
{
    pinna_stream_net_free(model->stream);
    pinna_offline_net_free(model->offline);
    model->stream = NULL;
    model->offline = NULL;
    assert_int_equal(
        model->network.config.bidirectional
            ? pinna_offline_net_new(&model->network, &model->offline)
            : pinna_stream_net_new(&model->network, &model->stream),
        PINNA_OK);
}

void make_int8(pinna_model *model)
{
    assert_int_equal(pinna_quantise_params(&model->network.params), PINNA_OK);
    make_streamable(model);
}

void set_output_bias(pinna_model *model, float bias)
{
    const pinna_network *network = &model->network;
    float *values = network->params.values + network->dense_out_bias;
    for (size_t i = 0; i < network->config.n_out; i++)
        values[i] = bias;
}
