/* tools/cmd_info.c -- `pinna info`: what a model, checkpoint, recording,
 * manifest or array is */
#include "datasets/htk_file.h"
#include "datasets/manifest.h"
#include "datasets/npy.h"
#include "dsp/level.h"
#include "tools/command.h"
#include "tools/facts.h"
#include "tools/feature_input.h"
#include "tools/info_model.h"
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
        "Tell what a file is: a model (.safetensors), the state of a training "
        "(.checkpoint),\na manifest (.jsonl, a table .csv or .tsv, a folder of "
        "Kaldi or LibriSpeech), an\narray (.npy), features of Kaldi (.ark, "
        ".scp), HTK (.htk) or a table (.csv), or a\nrecording (anything "
        "else). \"denoiser\" and \"recogniser\" are the models built in.",
    .examples = "  pinna info in.wav\n"
                "  pinna info recogniser\n"
                "  pinna info --json train.jsonl model.safetensors\n",
};

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

static pinna_status inform_manifest(pinna_facts *facts, const char *path,
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
    pinna_tell_text(facts, "kind", "manifest");
    pinna_tell_count(facts, "entries", manifest.n_entries);
    pinna_tell_count(facts, "noisy_clean_pairs", n_pairs);
    pinna_tell_number(facts, "duration", duration_s, "s");
    pinna_tell_count(facts, "speakers", count_speakers(&manifest));
    pinna_tell_count(facts, "texts", n_texts);
    pinna_tell_count(facts, "words", n_words);
    pinna_tell_count(facts, "missing_files", n_missing);
    pinna_manifest_free(&manifest);
    return PINNA_OK;
}

static pinna_status inform_npy(pinna_facts *facts, const char *path,
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
    pinna_tell_text(facts, "kind", "array");
    pinna_tell_text(facts, "dtype", info.dtype);
    pinna_tell_text(facts, "shape", info.n_dims ? shape : "scalar");
    pinna_tell_text(facts, "order", info.fortran_order ? "Fortran" : "C");
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

static pinna_status inform_features(pinna_facts *facts, const char *path,
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
    pinna_tell_text(facts, "kind", kinds[source]);
    if (source == PINNA_SOURCE_HTK) {
        pinna_htk_kind_name(sums.htk_kind, parameters);
        pinna_tell_text(facts, "parameters", parameters);
    }
    if (source >= PINNA_SOURCE_ARK)
        pinna_tell_count(facts, "entries", sums.n_entries);
    pinna_tell_count(facts, "frames", sums.n_rows);
    pinna_tell_count(facts, "columns", sums.most);
    if (sums.fewest < sums.most)
        pinna_tell_count(facts, "fewest_columns", sums.fewest);
    if (source == PINNA_SOURCE_HTK)
        pinna_tell_number(facts, "frame_shift", sums.frame_shift_ms, "ms");
    return PINNA_OK;
}

static pinna_status inform_sound(pinna_facts *facts, const char *path,
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
        pinna_tell_text(facts, "kind", "recording");
        pinna_tell_text(facts, "format", blocks->info.format);
        pinna_tell_count(facts, "sample_rate", blocks->info.sample_rate);
        pinna_tell_count(facts, "channels", blocks->info.n_channels);
        pinna_tell_count(facts, "samples", blocks->n_done);
        pinna_tell_number(
            facts, "duration",
            (double)blocks->n_done / (double)blocks->info.sample_rate, "s");
        pinna_tell_number(facts, "rms_db", pinna_level_rms_db(&level), "dBFS");
        pinna_tell_number(facts, "peak_db", pinna_level_peak_db(&level),
                          "dBFS");
        pinna_tell_count(facts, "clipped_samples", level.n_clipped);
        pinna_tell_count(facts, "bad_samples",
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

/* A table may be one of features, too. */
static bool is_manifest(const char *path)
{
    pinna_manifest manifest;

    if (!has_suffix(path, ".csv"))
        return pinna_is_manifest_name(path);
    const bool is_one = pinna_manifest_read(path, &manifest, NULL) == PINNA_OK;
    pinna_manifest_free(&manifest);
    return is_one;
}

static pinna_status inform(pinna_facts *facts, const char *path,
                           pinna_error *error)
{
    pinna_feature_source source;
    const bool built_in =
        strcmp(path, "denoiser") == 0 || strcmp(path, "recogniser") == 0;

    if (has_suffix(path, ".safetensors") || (built_in && access(path, F_OK)))
        return pinna_inform_model(facts, path, error);
    if (has_suffix(path, ".checkpoint"))
        return pinna_inform_checkpoint(facts, path, error);
    if (is_manifest(path))
        return inform_manifest(facts, path, error);
    if (pinna_feature_source_of(path, &source))
        return source == PINNA_SOURCE_NPY ? inform_npy(facts, path, error)
                                          : inform_features(facts, path, error);
    return inform_sound(facts, path, error);
}

static int run(pinna_facts *facts, const pinna_list *files)
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
    pinna_facts facts = {.json.file = stdout};
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
