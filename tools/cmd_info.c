/* tools/cmd_info.c -- `pinna info`: what a model, recording, manifest or array
 * is */
#include "datasets/htk_file.h"
#include "datasets/manifest.h"
#include "datasets/npy.h"
#include "dsp/level.h"
#include "rnn/model.h"
#include "rnn/model_parts.h"
#include "rnn/quantise.h"
#include "tools/command.h"
#include "tools/feature_input.h"
#include "tools/json_writer.h"
#include "tools/options.h"
#include "tools/progress.h"
#include "tools/sound_blocks.h"
#include "tools/sound_list.h"
#include "tools/wer.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static const pinna_usage usage = {
    .command = "info",
    .synopsis = "[options] FILE...",
    .summary =
        "Tell what a file is: a model (.safetensors), a manifest "
        "(.jsonl), an array\n(.npy), features of Kaldi (.ark, .scp), HTK "
        "(.htk) or a table (.csv), or a recording\n(anything else). "
        "\"denoiser\" and "
        "\"recogniser\" are the models built in.",
    .examples = "  pinna info in.wav\n"
                "  pinna info recogniser\n"
                "  pinna info --json train.jsonl model.safetensors\n",
};

/* A list of facts, as lines for people or as the members of an object. */
struct facts {
    pinna_json json;
    bool machine;
};

static void tell_text(struct facts *facts, const char *key, const char *value)
{
    if (facts->machine)
        pinna_json_string(&facts->json, key, value);
    else if (value)
        printf("  %-18s %s\n", key, value);
}

static void tell_count(struct facts *facts, const char *key, size_t value)
{
    if (facts->machine)
        pinna_json_count(&facts->json, key, value);
    else
        printf("  %-18s %zu\n", key, value);
}

static void tell_number(struct facts *facts, const char *key, double value,
                        const char *unit)
{
    if (facts->machine)
        pinna_json_number(&facts->json, key, value, 3);
    else
        printf("  %-18s %.3f %s\n", key, value, unit);
}

/* value is JSON text or NULL. */
static void tell_json(struct facts *facts, const char *key, const char *value)
{
    if (facts->machine)
        pinna_json_raw(&facts->json, key, value);
    else
        tell_text(facts, key, value);
}

static void tell_ear(struct facts *facts, const pinna_ctc_ear *ear)
{
    const pinna_fbank_config *fbank = &ear->fbank;
    char text[160];

    snprintf(text, sizeof text,
             "%s, %.0f Hz, %g ms every %g ms, %zu mel bands, %zu frames every "
             "%zu",
             fbank->type == PINNA_FEATURE_MFCC ? "mfcc" : "fbank",
             fbank->sample_rate, fbank->frame_length_ms, fbank->frame_shift_ms,
             fbank->n_mels, ear->stack, ear->stride);
    tell_text(facts, "features", text);
}

/* name: "token". Lists of single characters are not for people. */
static void tell_strings(struct facts *facts, const char *name,
                         char *const *strings, size_t n, bool words)
{
    char key[32];

    snprintf(key, sizeof key, "%ss", name);
    tell_count(facts, key, n);
    snprintf(key, sizeof key, "%s_list", name);
    if (facts->machine) {
        pinna_json_open(&facts->json, key, '[');
        for (size_t i = 0; i < n; i++)
            pinna_json_string(&facts->json, NULL, strings[i]);
        pinna_json_close(&facts->json, ']');
    } else if (words && n <= 64) {
        printf("  %-18s", key);
        for (size_t i = 0; i < n; i++)
            printf(" %s", strings[i]);
        putchar('\n');
    }
}

static void tell_bands(struct facts *facts, const pinna_denoise_bands *bands)
{
    char text[160];

    snprintf(text, sizeof text,
             "log power in %zu bands, %g Hz apart up to %g Hz, then ERB up to "
             "%g Hz, frames of %zu ms",
             bands->n_bands, 1000 / (double)bands->frame_ms, bands->linear_hz,
             bands->top_hz, bands->frame_ms);
    tell_text(facts, "features", text);
}

static void tell_network(struct facts *facts,
                         const pinna_network_config *network)
{
    char text[160];

    snprintf(text, sizeof text,
             "%zu in, dense %zu, %s %zu x %zu%s%s%s, %zu out%s", network->n_in,
             network->n_dense, pinna_cell_name(network->cell),
             network->n_layers, network->n_hidden,
             network->bidirectional ? " both ways" : "",
             network->layer_norm ? ", layer norm" : "",
             network->learned_state ? ", learned first state" : "",
             network->n_out, network->skip ? ", all layers to the output" : "");
    tell_text(facts, "network", text);
}

static void tell_seq2seq(struct facts *facts,
                         const pinna_seq2seq_config *config)
{
    char text[160];

    snprintf(text, sizeof text,
             "%s of %zu to %s of %zu, %s attention, embeddings of %zu",
             pinna_cell_name(config->cell), config->n_hidden,
             pinna_cell_name(config->cell), config->n_hidden,
             pinna_attention_names[config->score], config->n_embed);
    tell_text(facts, "network", text);
}

static void tell_model(struct facts *facts, const pinna_model *model)
{
    const unsigned parts = pinna_model_parts(model);

    tell_text(facts, "kind", "model");
    tell_text(facts, "task", model->task);
    if (parts & PINNA_PART_NETWORK)
        tell_network(facts, &model->network.config);
    if (parts & PINNA_PART_SEQ2SEQ)
        tell_seq2seq(facts, &model->seq2seq.config);
    tell_count(facts, "parameters", model->network.params.n_values);
    tell_text(facts, "weights",
              pinna_is_quantised(&model->network.params) ? "int8" : "float32");
    if (parts & PINNA_PART_FEATURES)
        tell_ear(facts, &model->ctc_ear);
    if (parts & PINNA_PART_BANDS)
        tell_bands(facts, &model->bands);
    if (parts & PINNA_PART_FORECAST) {
        tell_strings(facts, "column", model->input_tokens,
                     model->n_input_tokens, true);
        tell_count(facts, "window", model->forecast.window);
        tell_count(facts, "horizon", model->forecast.horizon);
    } else if (parts & PINNA_PART_INPUT_TOKENS) {
        tell_strings(facts, "input_token", model->input_tokens,
                     model->n_input_tokens, model->input_words);
    }
    if (parts & PINNA_PART_TOKENS)
        tell_strings(facts, "token", model->tokens, model->n_tokens,
                     model->word_tokens ||
                         strcmp(model->task, PINNA_TASK_CTC) == 0);
    if (parts & PINNA_PART_POOLING)
        tell_text(facts, "judged_by",
                  model->mean_pooling ? "the mean of all frames"
                                      : "the last frame");
    tell_json(facts, "training", model->training);
    tell_json(facts, "quality", model->quality);
}

static pinna_status inform_model(struct facts *facts, const char *path,
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

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* How many different speakers are named; 0 also without memory. */
static size_t count_speakers(const pinna_manifest *manifest)
{
    const char **names = calloc(manifest->n_entries, sizeof *names);
    size_t n = 0, n_different = 0;

    if (!names)
        return 0;
    for (size_t i = 0; i < manifest->n_entries; i++)
        if (manifest->entries[i].speaker)
            names[n++] = manifest->entries[i].speaker;
    qsort(names, n, sizeof *names, compare_names);
    for (size_t i = 0; i < n; i++)
        n_different += i == 0 || strcmp(names[i - 1], names[i]) != 0;
    free(names);
    return n_different;
}

static bool is_missing(const pinna_manifest_entry *entry)
{
    if (entry->audio_path)
        return access(entry->audio_path, R_OK) != 0;
    return access(entry->clean_path, R_OK) != 0 ||
           access(entry->noisy_path, R_OK) != 0;
}

static pinna_status inform_manifest(struct facts *facts, const char *path,
                                    pinna_error *error)
{
    pinna_manifest manifest;
    size_t n_texts = 0, n_words = 0, n_pairs = 0, n_missing = 0;
    double duration_s = 0;

    const pinna_status status = pinna_manifest_read(path, &manifest, error);
    if (status)
        return status;
    for (size_t i = 0; i < manifest.n_entries; i++) {
        const pinna_manifest_entry *entry = &manifest.entries[i];
        pinna_words words;
        duration_s += entry->duration;
        n_pairs += entry->audio_path == NULL;
        n_missing += is_missing(entry);
        if (entry->text && !pinna_words_split(entry->text, &words)) {
            n_texts++;
            n_words += words.n_items;
            pinna_words_free(&words);
        }
    }
    tell_text(facts, "kind", "manifest");
    tell_count(facts, "entries", manifest.n_entries);
    tell_count(facts, "noisy_clean_pairs", n_pairs);
    tell_number(facts, "duration", duration_s, "s");
    tell_count(facts, "speakers", count_speakers(&manifest));
    tell_count(facts, "texts", n_texts);
    tell_count(facts, "words", n_words);
    tell_count(facts, "missing_files", n_missing);
    pinna_manifest_free(&manifest);
    return PINNA_OK;
}

static pinna_status inform_npy(struct facts *facts, const char *path,
                               pinna_error *error)
{
    pinna_npy_info info;
    char shape[24 * PINNA_NPY_MAX_DIMS] = "";
    FILE *file;

    pinna_status status = pinna_matrix_open(path, &file, error);
    if (status)
        return status;
    status = pinna_npy_read_header(file, path, &info, error);
    fclose(file);
    if (status)
        return status;
    for (size_t d = 0; d < info.n_dims; d++) {
        const size_t n = strlen(shape);
        snprintf(shape + n, sizeof shape - n, "%s%zu", d ? " x " : "",
                 info.shape[d]);
    }
    tell_text(facts, "kind", "array");
    tell_text(facts, "dtype", info.dtype);
    tell_text(facts, "shape", info.n_dims ? shape : "scalar");
    tell_text(facts, "order", info.fortran_order ? "Fortran" : "C");
    return PINNA_OK;
}

/* What the matrices of a file come to. */
struct sums {
    size_t n_entries, n_rows, fewest, most; /* columns */
    unsigned htk_kind;
    double frame_shift_ms;
};

static pinna_status sum_matrices(pinna_feature_input *input, struct sums *sums,
                                 pinna_error *error)
{
    *sums = (struct sums){.fewest = SIZE_MAX};
    for (bool at_end = false; !at_end;) {
        pinna_matrix matrix = {0};
        const pinna_status status =
            pinna_feature_input_next(input, &matrix, &at_end, error);
        const size_t n = matrix.n_columns;
        if (!status && !at_end) {
            sums->n_entries++;
            sums->n_rows += matrix.n_rows;
            sums->fewest = n < sums->fewest ? n : sums->fewest;
            sums->most = n > sums->most ? n : sums->most;
            sums->htk_kind = matrix.htk_kind;
            sums->frame_shift_ms = matrix.frame_shift_ms;
        }
        pinna_matrix_free(&matrix);
        if (status)
            return status;
    }
    return PINNA_OK;
}

static pinna_status inform_features(struct facts *facts, const char *path,
                                    pinna_error *error)
{
    static const char *const kinds[] = {
        [PINNA_SOURCE_HTK] = "HTK parameters",
        [PINNA_SOURCE_CSV] = "table",
        [PINNA_SOURCE_ARK] = "archive",
        [PINNA_SOURCE_SCP] = "script file",
    };
    pinna_feature_input *input;
    struct sums sums;
    char parameters[32];

    pinna_status status = pinna_feature_input_open(path, &input, error);
    if (status)
        return status;
    const pinna_feature_source source = pinna_feature_input_source(input);
    status = sum_matrices(input, &sums, error);
    pinna_feature_input_close(input);
    if (status)
        return status;
    tell_text(facts, "kind", kinds[source]);
    if (source == PINNA_SOURCE_HTK) {
        pinna_htk_kind_name(sums.htk_kind, parameters);
        tell_text(facts, "parameters", parameters);
    }
    if (source >= PINNA_SOURCE_ARK)
        tell_count(facts, "entries", sums.n_entries);
    tell_count(facts, "frames", sums.n_rows);
    tell_count(facts, "columns", sums.most);
    if (sums.fewest < sums.most)
        tell_count(facts, "fewest_columns", sums.fewest);
    if (source == PINNA_SOURCE_HTK)
        tell_number(facts, "frame_shift", sums.frame_shift_ms, "ms");
    return PINNA_OK;
}

static pinna_status inform_sound(struct facts *facts, const char *path,
                                 pinna_error *error)
{
    pinna_sound_blocks *blocks;
    pinna_level level = {0};

    pinna_status status = pinna_sound_blocks_open(path, 0, 0, &blocks, error);
    if (status)
        return status;
    while (!(status = pinna_sound_blocks_next(blocks, error)) && blocks->n > 0)
        for (size_t c = 0; c < blocks->info.n_channels; c++)
            pinna_level_process(&level, blocks->channels[c], blocks->n);
    if (!status) {
        tell_text(facts, "kind", "recording");
        tell_text(facts, "format", blocks->info.format);
        tell_count(facts, "sample_rate", blocks->info.sample_rate);
        tell_count(facts, "channels", blocks->info.n_channels);
        tell_count(facts, "samples", blocks->n_done);
        tell_number(facts, "duration",
                    (double)blocks->n_done / (double)blocks->info.sample_rate,
                    "s");
        tell_number(facts, "rms_db", pinna_level_rms_db(&level), "dBFS");
        tell_number(facts, "peak_db", pinna_level_peak_db(&level), "dBFS");
        tell_count(facts, "clipped_samples", level.n_clipped);
        tell_count(facts, "bad_samples",
                   pinna_audio_reader_n_bad(blocks->reader));
        pinna_sound_blocks_warn(blocks, "pinna info");
    }
    pinna_sound_blocks_close(blocks);
    return status;
}

static bool has_suffix(const char *path, const char *suffix)
{
    const char *dot = strrchr(path, '.');

    return dot && strcasecmp(dot, suffix) == 0;
}

static pinna_status inform(struct facts *facts, const char *path,
                           pinna_error *error)
{
    pinna_feature_source source;
    const bool built_in =
        strcmp(path, "denoiser") == 0 || strcmp(path, "recogniser") == 0;

    if (has_suffix(path, ".safetensors") || (built_in && access(path, F_OK)))
        return inform_model(facts, path, error);
    if (pinna_is_manifest_name(path))
        return inform_manifest(facts, path, error);
    if (pinna_feature_source_of(path, &source))
        return source == PINNA_SOURCE_NPY ? inform_npy(facts, path, error)
                                          : inform_features(facts, path, error);
    return inform_sound(facts, path, error);
}

static int run(struct facts *facts, const pinna_list *files)
{
    pinna_error error = {""};
    int code = PINNA_EXIT_DONE;

    if (facts->machine)
        pinna_json_open(&facts->json, NULL, '[');
    for (size_t i = 0; i < files->n_items; i++) {
        const char *path = files->items[i];
        if (facts->machine) {
            pinna_json_open(&facts->json, NULL, '{');
            pinna_json_string(&facts->json, "file", path);
        } else {
            printf("%s\n", path);
        }
        if (inform(facts, path, &error)) {
            fflush(stdout);
            pinna_message("pinna info: %s", error.text);
            if (facts->machine)
                pinna_json_string(&facts->json, "error", error.text);
            code = PINNA_EXIT_INPUT;
        }
        if (facts->machine)
            pinna_json_close(&facts->json, '}');
    }
    if (facts->machine)
        pinna_json_close(&facts->json, ']');
    return code;
}

int pinna_cmd_info(int argc, char **argv)
{
    struct facts facts = {.json.file = stdout};
    const pinna_option options[] = {
        {"json", 0, NULL, "as JSON", .flag = &facts.machine},
    };
    pinna_list files = {0};

    int code =
        pinna_options_parse(&usage, options, sizeof options / sizeof options[0],
                            argc, argv, &files);
    if (code < 0 && files.n_items == 0)
        code = pinna_usage_error(&usage, "no FILE");
    if (code < 0)
        code = run(&facts, &files);
    pinna_list_free(&files);
    return code;
}
