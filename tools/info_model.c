#include "tools/info_model.h"

#include "rnn/model.h"
#include "rnn/model_parts.h"
#include "rnn/quantise.h"
#include "rnn/safetensors.h"
#include "tools/checkpoint.h"

#include <stdio.h>
#include <string.h>

static void tell_ear(pinna_facts *facts, const pinna_ctc_ear *ear)
{
    const pinna_fbank_config *fbank = &ear->fbank;
    char text[160];

    snprintf(text, sizeof text,
             "%s, %.0f Hz, %g ms every %g ms, %zu mel bands, %zu frames every "
             "%zu",
             fbank->type == PINNA_FEATURE_MFCC ? "mfcc" : "fbank",
             fbank->sample_rate, fbank->frame_length_ms, fbank->frame_shift_ms,
             fbank->n_mels, ear->stack, ear->stride);
    pinna_tell_text(facts, "features", text);
}

static void tell_bands(pinna_facts *facts, const pinna_denoise_bands *bands)
{
    char text[160];

    snprintf(text, sizeof text,
             "log power in %zu bands, %g Hz apart up to %g Hz, then ERB up to "
             "%g Hz, frames of %zu ms",
             bands->n_bands, 1000 / (double)bands->frame_ms, bands->linear_hz,
             bands->top_hz, bands->frame_ms);
    pinna_tell_text(facts, "features", text);
}

static void tell_network(pinna_facts *facts,
                         const pinna_network_config *network)
{
    char text[192], streams[48] = "";

    if (network->n_streams > 0)
        snprintf(streams, sizeof streams, "%zu streams, each ",
                 network->n_streams);
    snprintf(text, sizeof text,
             "%zu in, %sdense %zu, %s %zu x %zu%s%s%s, %zu out%s",
             network->n_in, streams, network->n_dense,
             pinna_cell_name(network->cell), network->n_layers,
             network->n_hidden, network->bidirectional ? " both ways" : "",
             network->layer_norm ? ", layer norm" : "",
             network->learned_state ? ", learned first state" : "",
             network->n_out, network->skip ? ", all layers to the output" : "");
    pinna_tell_text(facts, "network", text);
}

static void tell_seq2seq(pinna_facts *facts, const pinna_seq2seq_config *config)
{
    char text[160];

    snprintf(text, sizeof text,
             "%s of %zu to %s of %zu, %s attention, embeddings of %zu",
             pinna_cell_name(config->cell), config->n_hidden,
             pinna_cell_name(config->cell), config->n_hidden,
             pinna_attention_names[config->score], config->n_embed);
    pinna_tell_text(facts, "network", text);
}

static void tell_model(pinna_facts *facts, const pinna_model *model)
{
    const unsigned parts = pinna_model_parts(model);

    pinna_tell_text(facts, "kind", "model");
    pinna_tell_text(facts, "task", model->task);
    if (parts & PINNA_PART_NETWORK)
        tell_network(facts, &model->network.config);
    if (parts & PINNA_PART_SEQ2SEQ)
        tell_seq2seq(facts, &model->seq2seq.config);
    pinna_tell_count(facts, "parameters", model->network.params.n_values);
    pinna_tell_text(facts, "weights",
                    pinna_is_quantised(&model->network.params) ? "int8"
                                                               : "float32");
    if (parts & PINNA_PART_FEATURES)
        tell_ear(facts, &model->ctc_ear);
    if (parts & PINNA_PART_BANDS)
        tell_bands(facts, &model->bands);
    if (parts & PINNA_PART_FORECAST) {
        pinna_tell_strings(facts, "column", model->input_tokens,
                           model->n_input_tokens, true);
        pinna_tell_count(facts, "window", model->forecast.window);
        pinna_tell_count(facts, "horizon", model->forecast.horizon);
    } else if (parts & PINNA_PART_INPUT_TOKENS) {
        pinna_tell_strings(facts, "input_token", model->input_tokens,
                           model->n_input_tokens, model->input_words);
    }
    if (parts & PINNA_PART_TOKENS)
        pinna_tell_strings(facts, "token", model->tokens, model->n_tokens,
                           model->word_tokens ||
                               strcmp(model->task, PINNA_TASK_CTC) == 0);
    if (parts & PINNA_PART_POOLING)
        pinna_tell_text(facts, "judged_by",
                        model->mean_pooling ? "the mean of all frames"
                                            : "the last frame");
    pinna_tell_json(facts, "training", model->training);
    pinna_tell_json(facts, "quality", model->quality);
}

pinna_status pinna_inform_model(pinna_facts *facts, const char *path,
                                pinna_error *error)
{
    pinna_model *model = NULL;
    pinna_status status;

    if (strcmp(path, "denoiser") == 0)
        status = pinna_model_default_denoiser(&model, error);
    else if (strcmp(path, "recogniser") == 0)
        status = pinna_model_default_recogniser(&model, error);
    else
        status = pinna_model_read(path, &model, error);
    if (!status)
        tell_model(facts, model);
    pinna_model_free(model);
    return status;
}

/* What the metadata call `name`, if they do. */
static void tell_metadata(pinna_facts *facts, const char *key,
                          const pinna_safetensors *file, const char *name)
{
    const char *text = pinna_safetensors_metadata(file, name);
    if (text)
        pinna_tell_text(facts, key, text);
}

pinna_status pinna_inform_checkpoint(pinna_facts *facts, const char *path,
                                     pinna_error *error)
{
    size_t step, best_step = 0;
    double seconds = 0, best = 0;
    const pinna_checkpoint state = {
        .figures = {{"step", .count = &step},
                    {"seconds", .number = &seconds},
                    {"best.step", .count = &best_step},
                    {"best.score", .number = &best}},
        .n_figures = 4};
    pinna_safetensors *file;

    pinna_status status = pinna_checkpoint_read(path, &state, error);
    if (!status)
        status = pinna_safetensors_read(path, &file, error);
    if (status)
        return status;
    const pinna_tensor *weights = pinna_safetensors_find(file, "weights");
    pinna_tell_text(facts, "kind", "checkpoint");
    pinna_tell_count(facts, "step", step);
    pinna_tell_number(facts, "trained", seconds, "s");
    pinna_tell_count(facts, "parameters", weights ? weights->n : 0);
    tell_metadata(facts, "run", file, "run");
    if (best_step > 0) { /* of runs with patience */
        pinna_tell_count(facts, "best_step", best_step);
        pinna_tell_number(facts, "best_score", best, "");
    }
    tell_metadata(facts, "training", file, "training");
    pinna_safetensors_free(file);
    return PINNA_OK;
}
