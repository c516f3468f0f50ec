#include "support.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/rng.h"
#include "rnn/model.h"
#include "rnn/model_parts.h"
#include "rnn/quantise.h"
#include "rnn/safetensors.h"
#include "small_models.h"

/* What parse() calls the file, and error lines begin with. */
#define NAME "f.safetensors"

/* ---- small models as files in memory ---- */

static unsigned char *read_bytes(const char *path, size_t *n)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    *n = (size_t)ftell(file);
    rewind(file);
    unsigned char *bytes = malloc(*n);
    assert_int_equal(fread(bytes, 1, *n, file), *n);
    fclose(file);
    return bytes;
}

static void write_model(const pinna_model *model, const char *path)
{
    pinna_error error = {{0}};
    if (pinna_model_write(path, model, &error))
        fail_msg("%s", error.text);
}

/* The bytes of a file, and the same taken apart. */
typedef struct image {
    unsigned char *bytes;
    size_t n_bytes;
    char *json;    /* the text under "pinna", not escaped */
    char *entries; /* the header behind the metadata */
    const unsigned char *data;
    size_t n_data;
} image;

static image ctc, denoise, both_ways, regress, generate, classify, seq2seq,
    int8; /* ctc with int8 weights */
static image *const images[] = {&ctc,      &denoise,  &both_ways, &regress,
                                &generate, &classify, &seq2seq,   &int8};
/* Values in the JSON text of each before "training". */
static const size_t n_values_of[] = {
    4 + 6 + 1 + 22 + 2, 4 + 10 + 1 + 6,     4 + 11 + 1 + 22 + 2,
    4 + 10 + 2 + 1 + 2, 4 + 6 + 2,          4 + 6 + 2 + 2 + 1,
    3 + 2 + 2 + 1 + 5,  4 + 6 + 1 + 22 + 2,
};
enum { N_IMAGES = sizeof images / sizeof *images };

static void take_image(image *im, pinna_model *model)
{
    const char *path = support_temp("image.safetensors");
    write_model(model, path);
    pinna_model_free(model);
    im->bytes = read_bytes(path, &im->n_bytes);

    uint64_t n_header;
    memcpy(&n_header, im->bytes, 8);
    im->data = im->bytes + 8 + n_header;
    im->n_data = im->n_bytes - 8 - n_header;

    char *header = calloc(n_header + 1, 1);
    memcpy(header, im->bytes + 8, n_header);
    static const char begin[] = "{\"__metadata__\":{\"pinna\":\"";
    assert_memory_equal(header, begin, strlen(begin));
    const char *from = header + strlen(begin);
    im->json = calloc(n_header + 1, 1);
    for (char *to = im->json; *from != '"'; from++) {
        from += *from == '\\';
        *to++ = *from;
    }
    im->entries = strdup(from + 2); /* behind the "} of the metadata */
    free(header);
}

static pinna_model *new_int8_model(void)
{
    pinna_model *model = new_ctc_model();
    assert_int_equal(pinna_quantise_params(&model->network.params), PINNA_OK);
    return model;
}

static int set_up(void **state)
{
    (void)state;
    take_image(&ctc, new_ctc_model());
    take_image(&denoise, new_denoise_model());
    take_image(&int8, new_int8_model());
    take_image(&both_ways, new_bidirectional_model());
    take_image(&regress, new_regress_model());
    take_image(&generate, new_generate_model());
    take_image(&classify, new_classify_model());
    take_image(&seq2seq, new_seq2seq_model());
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_IMAGES; i++) {
        free(images[i]->bytes);
        free(images[i]->json);
        free(images[i]->entries);
    }
    return 0;
}

/* The bytes of a file of these parts; to be freed. */
static unsigned char *assemble(const char *json, const char *entries,
                               const unsigned char *data, size_t n_data,
                               size_t *n_bytes)
{
    char *header = calloc(2 * strlen(json) + strlen(entries) + 64, 1);
    char *end = header + sprintf(header, "{\"__metadata__\":{\"pinna\":\"");
    for (; *json; json++) {
        if (*json == '"' || *json == '\\')
            *end++ = '\\';
        *end++ = *json;
    }
    end += sprintf(end, "\"}%s", entries);

    const uint64_t n_header = (uint64_t)(end - header);
    *n_bytes = 8 + n_header + n_data;
    unsigned char *bytes = malloc(*n_bytes);
    memcpy(bytes, &n_header, 8);
    memcpy(bytes + 8, header, n_header);
    memcpy(bytes + 8 + n_header, data, n_data);
    free(header);
    return bytes;
}

/* ---- what must hold for any bytes ---- */

static void assert_one_line(const pinna_error *error, const char *name)
{
    if (strncmp(error->text, name, strlen(name)) != 0 ||
        strncmp(error->text + strlen(name), ": ", 2) != 0 ||
        strlen(error->text) < strlen(name) + 4 || strchr(error->text, '\n'))
        fail_msg("not one line about %s: \"%s\"", name, error->text);
}

/* Parse; a failure leaves nothing but a line, a success is a whole model. */
static pinna_status parse(const unsigned char *bytes, size_t n,
                          pinna_error *error)
{
    const size_t n_left = support_hold_failures();
    unsigned char *copy = malloc(n > 0 ? n : 1); /* just n, for ASAN to guard */
    pinna_model *model = (pinna_model *)&copy;

    support_release_failures(n_left);
    assert_non_null(copy);
    memcpy(copy, bytes, n);
    *error = (pinna_error){{0}};
    const pinna_status status = pinna_model_parse(copy, n, NAME, &model, error);
    free(copy);
    if (status) {
        assert_null(model);
        assert_one_line(error, NAME);
        return status;
    }
    assert_non_null(model);
    const bool is_network = strcmp(model->task, PINNA_TASK_SEQ2SEQ) != 0;
    const bool both_ends = model->network.config.bidirectional;
    assert_int_equal(model->stream != NULL, is_network && !both_ends);
    assert_int_equal(model->offline != NULL, is_network && both_ends);
    pinna_model_free(model);
    return PINNA_OK;
}

static pinna_status parse_parts(const image *im, const char *json,
                                const char *entries, pinna_error *error)
{
    size_t n;
    unsigned char *bytes = assemble(json, entries, im->data, im->n_data, &n);
    const pinna_status status = parse(bytes, n, error);
    free(bytes);
    return status;
}

/* text with [begin, end) replaced; to be freed. */
static char *splice(const char *text, const char *begin, const char *end,
                    const char *with)
{
    char *out = malloc(strlen(text) + strlen(with) + 1);
    const size_t n = (size_t)(begin - text);
    memcpy(out, text, n);
    strcpy(out + n, with);
    strcat(out, end);
    return out;
}

/* ---- tests ---- */

static void assert_same_model(const pinna_model *a, const pinna_model *b)
{
    const pinna_params *p = &a->network.params, *q = &b->network.params;

    assert_string_equal(a->task, b->task);
    assert_int_equal(p->n_items, q->n_items);
    assert_int_equal(p->n_values, q->n_values);
    assert_memory_equal(p->values, q->values, p->n_values * sizeof(float));
    for (size_t i = 0; i < p->n_items; i++) {
        const pinna_param *x = &p->items[i], *y = &q->items[i];
        assert_int_equal(!x->int8, !y->int8);
        if (x->int8) {
            assert_memory_equal(x->int8, y->int8, x->n);
            assert_memory_equal(x->scales, y->scales,
                                x->shape[0] * sizeof(float));
        }
    }
    const size_t n_in = pinna_model_n_normalised(a);
    if (n_in > 0) {
        assert_memory_equal(a->offset, b->offset, n_in * sizeof(float));
        assert_memory_equal(a->scale, b->scale, n_in * sizeof(float));
    }
    assert_int_equal(a->network.config.skip, b->network.config.skip);
    assert_int_equal(a->network.config.cell, b->network.config.cell);
    assert_int_equal(a->network.config.bidirectional,
                     b->network.config.bidirectional);
    assert_int_equal(a->network.config.learned_state,
                     b->network.config.learned_state);
    assert_int_equal(a->network.config.layer_norm,
                     b->network.config.layer_norm);
    assert_int_equal(a->network.config.n_streams, b->network.config.n_streams);
    assert_memory_equal(a->network.config.stream_widths,
                        b->network.config.stream_widths,
                        sizeof a->network.config.stream_widths);

    assert_int_equal(a->n_tokens, b->n_tokens);
    for (size_t i = 0; i < a->n_tokens; i++)
        assert_string_equal(a->tokens[i], b->tokens[i]);
    assert_int_equal(a->word_tokens, b->word_tokens);
    assert_int_equal(a->subword_tokens, b->subword_tokens);
    assert_int_equal(a->n_input_tokens, b->n_input_tokens);
    for (size_t i = 0; i < a->n_input_tokens; i++)
        assert_string_equal(a->input_tokens[i], b->input_tokens[i]);
    assert_int_equal(a->input_words, b->input_words);
    assert_memory_equal(&a->forecast, &b->forecast, sizeof a->forecast);
    assert_int_equal(a->mean_pooling, b->mean_pooling);
    assert_memory_equal(&a->seq2seq, &b->seq2seq, sizeof a->seq2seq);

    assert_int_equal(a->bands.n_bands, b->bands.n_bands);
    assert_close(a->bands.linear_hz, b->bands.linear_hz, 0);
    assert_close(a->bands.top_hz, b->bands.top_hz, 0);
    assert_close(a->bands.floor_db, b->bands.floor_db, 0);
    assert_close(a->bands.level_ms, b->bands.level_ms, 0);
    assert_int_equal(!a->training, !b->training);
    if (a->training)
        assert_string_equal(a->training, b->training);
    assert_int_equal(!a->quality, !b->quality);
    if (a->quality)
        assert_string_equal(a->quality, b->quality);
}

static void assert_same_ear(const pinna_ctc_ear *a, const pinna_ctc_ear *b)
{
    const pinna_fbank_config *x = &a->fbank, *y = &b->fbank;

    assert_int_equal(x->type, y->type);
    assert_close(x->sample_rate, y->sample_rate, 0);
    assert_close(x->frame_length_ms, y->frame_length_ms, 0);
    assert_close(x->frame_shift_ms, y->frame_shift_ms, 0);
    assert_int_equal(x->window, y->window);
    assert_close(x->preemphasis, y->preemphasis, 0);
    assert_int_equal(x->remove_dc_offset, y->remove_dc_offset);
    assert_int_equal(x->snip_edges, y->snip_edges);
    assert_int_equal(x->round_to_power_of_two, y->round_to_power_of_two);
    assert_int_equal(x->n_mels, y->n_mels);
    assert_close(x->low_hz, y->low_hz, 0);
    assert_close(x->high_hz, y->high_hz, 0);
    assert_int_equal(x->use_log, y->use_log);
    assert_int_equal(x->use_power, y->use_power);
    assert_int_equal(x->use_energy, y->use_energy);
    assert_int_equal(x->raw_energy, y->raw_energy);
    assert_close(x->energy_floor, y->energy_floor, 0);
    assert_int_equal(x->n_ceps, y->n_ceps);
    assert_close(x->lifter, y->lifter, 0);
    assert_int_equal(a->stack, b->stack);
    assert_int_equal(a->stride, b->stride);
}

static void round_trip(pinna_model *model)
{
    const char *path = support_temp("a.safetensors");
    const char *again = support_temp("b.safetensors");
    pinna_error error = {{0}};
    pinna_model *back;
    size_t n, n_again;

    write_model(model, path);
    if (pinna_model_read(path, &back, &error))
        fail_msg("%s", error.text);
    assert_same_model(model, back);
    if (pinna_model_parts(model) & PINNA_PART_FEATURES)
        assert_same_ear(&model->ctc_ear, &back->ctc_ear);

    write_model(back, again);
    unsigned char *bytes = read_bytes(path, &n);
    unsigned char *bytes_again = read_bytes(again, &n_again);
    assert_int_equal(n, n_again);
    assert_memory_equal(bytes, bytes_again, n);
    free(bytes);
    free(bytes_again);
    pinna_model_free(back);
    pinna_model_free(model);
}

/* All but the streams would be old enough for format 1. */
static pinna_model *new_gru_with_streams(void)
{
    pinna_model *model = new_ctc_model();
    pinna_network_config config = model->network.config;
    pinna_rng rng;

    config.n_streams = 2;
    config.stream_widths[0] = 1;
    config.stream_widths[1] = config.n_in - 1;
    pinna_network_free(&model->network);
    assert_int_equal(pinna_network_new(&config, &model->network), PINNA_OK);
    pinna_rng_seed(&rng, 1, 0);
    pinna_network_init(&model->network, &rng);
    return model;
}

static void test_round_trip_is_exact(void **state)
{
    (void)state;
    round_trip(new_ctc_model());
    round_trip(new_denoise_model());
    round_trip(new_int8_model());
    round_trip(new_bidirectional_model());
    round_trip(new_regress_model());
    round_trip(new_generate_model());
    round_trip(new_classify_model());
    round_trip(new_seq2seq_model());
    round_trip(new_gru_with_streams());

    for (size_t k = 0; k < PINNA_N_CELL_KINDS; k++) {
        pinna_model *other = new_denoise_model();
        pinna_network_config config = other->network.config;
        config.cell = (pinna_cell_kind)k;
        config.layer_norm = true;
        pinna_network_free(&other->network);
        assert_int_equal(pinna_network_new(&config, &other->network), PINNA_OK);
        round_trip(other);
    }

    pinna_model *model = new_ctc_model();
    model->ctc_ear.fbank.type = PINNA_FEATURE_FBANK;
    model->ctc_ear.fbank.n_mels = 4;
    model->ctc_ear.fbank.use_energy = true;
    model->word_tokens = false;
    model->subword_tokens = true;
    model->ctc_ear.fbank.frame_shift_ms = 10 + 1.0 / 3; /* needs all digits */
    free(model->training);
    model->training = NULL;
    round_trip(model);
}

/* The streaming network of a model read is that of the weights written. */
static void check_stream(pinna_model *model, const image *im)
{
    pinna_model *back;
    pinna_stream_net *net;
    pinna_stream_state *one, *two;
    float x[10], y[4], z[4];

    assert_int_equal(
        pinna_model_parse(im->bytes, im->n_bytes, NAME, &back, NULL), PINNA_OK);
    assert_int_equal(pinna_stream_net_new(&model->network, &net), PINNA_OK);
    assert_int_equal(pinna_stream_state_new(net, &one), PINNA_OK);
    assert_int_equal(pinna_stream_state_new(back->stream, &two), PINNA_OK);
    support_signal(x, 10, 16000);
    pinna_stream_step(net, one, x, y);
    pinna_stream_step(back->stream, two, x, z);
    assert_memory_equal(y, z, sizeof y);

    pinna_stream_state_free(one);
    pinna_stream_state_free(two);
    pinna_stream_net_free(net);
    pinna_model_free(model);
    pinna_model_free(back);
}

static void test_stream_is_ready(void **state)
{
    (void)state;
    check_stream(new_ctc_model(), &ctc);
    check_stream(new_int8_model(), &int8);
}

static void test_assembled_parts_are_read(void **state)
{
    (void)state;
    pinna_error error;
    for (size_t i = 0; i < N_IMAGES; i++)
        assert_int_equal(
            parse_parts(images[i], images[i]->json, images[i]->entries, &error),
            PINNA_OK);
}

/* Behind a JSON value that begins here. */
static const char *value_end(const char *text)
{
    size_t depth = 0;
    bool quoted = false;
    for (; *text; text++) {
        if (*text == '"')
            quoted = !quoted;
        if (quoted)
            continue;
        if (depth == 0 && (*text == ',' || *text == '}' || *text == ']'))
            break;
        depth += *text == '{' || *text == '[';
        depth -= *text == '}' || *text == ']';
    }
    return text;
}

/* Behind the : of the next key, or NULL at the end of the text. */
static const char *next_value(const char *text, const char **key)
{
    while ((text = strchr(text, '"'))) {
        *key = ++text;
        text = strchr(text, '"') + 1;
        if (*text == ':')
            return text + 1;
    }
    return NULL;
}

/* Whether this JSON value may stand for the one at `old`. */
static bool may_replace(const char *key, const char *old, const char *value)
{
    const bool number = strchr("-0123456789", *old) != NULL;
    const bool integer =
        number && !memchr(old, '.', (size_t)(value_end(old) - old));
    if (strncmp(key, "pinna_version", 13) == 0)
        return *value == '"';
    if (*old == 't' || *old == 'f')
        return *value == 't';
    return number && !integer && strchr("-0123456789", *value) &&
           !strchr(value, 'e') && strlen(value) < 10;
}

static void damage_field(const image *im, const char *key, const char *value)
{
    static const char *const others[] = {"null",
                                         "true",
                                         "\"x\"",
                                         "[]",
                                         "{}",
                                         "-1",
                                         "0.5",
                                         "1e300",
                                         "1e999",
                                         "-1e300",
                                         "99999999999999999999"};
    pinna_error error;

    char *json = splice(im->json, key, key + 1, "?"); /* none of that name */
    assert_int_not_equal(parse_parts(im, json, im->entries, &error), PINNA_OK);
    free(json);

    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        json = splice(im->json, value, value_end(value), others[i]);
        const pinna_status status = parse_parts(im, json, im->entries, &error);
        if (status == PINNA_OK && !may_replace(key, value, others[i]))
            fail_msg("%.20s... taken for %s", key, others[i]);
        free(json);
    }
}

static void test_every_field_is_needed_and_typed(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_IMAGES; i++) {
        const char *value = images[i]->json, *key;
        size_t n = 0;
        while ((value = next_value(value, &key))) {
            if (strncmp(key, "training", 8) == 0)
                break;
            damage_field(images[i], key, value);
            n++;
        }
        assert_int_equal(n, n_values_of[i]);
    }
}

/* A change to the JSON text, and words that the error line has. */
typedef struct damage {
    const char *from, *to, *words;
} damage;

static const damage ctc_damages[] = {
    {"\"format\":1", "\"format\":3", "format"},
    {"\"format\":1", "\"format\":2", "network.bidirectional: missing"},
    {"\"format\":1", "\"format\":0", "format"},
    {"\"task\":\"ctc\"", "\"task\":\"clarify\"", "task"},
    {"\"task\":\"ctc\"", "\"task\":\"denoise\"", "bands"},
    {"\"n_in\":10", "\"n_in\":0", "network.n_in"},
    {"\"n_in\":10", "\"n_in\":4097", "network.n_in"},
    {"\"n_in\":10", "\"n_in\":11", "network.n_in"},
    {"\"n_in\":10", "\"n_in\":-10", "network.n_in"},
    {"\"n_dense\":3", "\"n_dense\":4", "dense_in.weight"},
    {"\"n_dense\":3", "\"n_dense\":0", "gru.weight_ih_l0"},
    {"\"n_dense\":3", "\"n_dense\":4097", "network.n_dense"},
    {"\"n_hidden\":4", "\"n_hidden\":0", "network.n_hidden"},
    {"\"n_hidden\":4", "\"n_hidden\":5", "gru.weight_ih_l0"},
    {"\"n_hidden\":4", "\"n_hidden\":4096", "network: its sizes ask for"},
    {"\"n_hidden\":4", "\"n_hidden\":4097", "network.n_hidden"},
    {"\"n_layers\":2", "\"n_layers\":0", "network.n_layers"},
    {"\"n_layers\":2", "\"n_layers\":1", "dense_out.weight"},
    {"\"n_layers\":2", "\"n_layers\":3", "gru.weight_ih_l2\": missing"},
    {"\"n_layers\":2", "\"n_layers\":9", "network.n_layers"},
    {"\"n_out\":4", "\"n_out\":3", "tokens"},
    {"\"n_out\":4", "\"n_out\":8193", "network.n_out"},
    {"\"skip\":true", "\"skip\":false", "dense_out.weight"},
    {"\"sample_rate\":16000.0", "\"sample_rate\":999", "features.sample_rate"},
    {"\"sample_rate\":16000.0", "\"sample_rate\":16000.5",
     "features.sample_rate"},
    {"\"frame_length_ms\":25.0", "\"frame_length_ms\":0", "frame_length_ms"},
    {"\"frame_length_ms\":25.0", "\"frame_length_ms\":9999", "frame_length_ms"},
    {"\"frame_shift_ms\":10.0", "\"frame_shift_ms\":0.01", "frame_shift_ms"},
    {"\"preemphasis\":0.9", "\"preemphasis\":1.9", "features.preemphasis"},
    {"\"mel_floor\":", "\"mel_floor\":-", "features.mel_floor"},
    {"\"n_mels\":23", "\"n_mels\":0", "features.n_mels"},
    {"\"n_mels\":23", "\"n_mels\":1025", "features.n_mels"},
    {"\"n_mels\":23", "\"n_mels\":500", "n_mels"},
    {"\"low_hz\":20.0", "\"low_hz\":9000", "low_hz"},
    {"\"high_hz\":0.0", "\"high_hz\":9000", "high_hz"},
    {"\"use_log\":true", "\"use_log\":false", "use_log"},
    {"\"energy_floor\":1.0", "\"energy_floor\":-1", "energy_floor"},
    {"\"n_ceps\":5", "\"n_ceps\":0", "n_ceps"},
    {"\"n_ceps\":5", "\"n_ceps\":24", "n_ceps"},
    {"\"n_ceps\":5", "\"n_ceps\":6", "network.n_in"},
    {"\"lifter\":22.0", "\"lifter\":-1", "features.lifter"},
    {"\"stack\":2", "\"stack\":0", "features.stack"},
    {"\"stack\":2", "\"stack\":3", "network.n_in"},
    {"\"stride\":3", "\"stride\":0", "features.stride"},
    {"\"mfcc\"", "\"mel\"", "features.type"},
    {"\"mfcc\"", "\"fbank\"", "network.n_in"},
    {"\"hamming\"", "\"welch\"", "features.window"},
    {"\"<blank>\"", "\"<blk>\"", "tokens[0]"},
    {"\"one\"", "\"\"", "tokens[1]"},
    {"\"one\"", "1", "tokens[1]"},
    {"\"one\"", "\" \"", "tokens: one is there twice"},
    {"\"one\"", "\"<blank>\"", "tokens: one is there twice"},
    {"\"one\"",
     "\"0123456789012345678901234567890123456789012345678901234567890123\"",
     "tokens[1]"},
    {"\"one\"", "\"one\",\"two\"", "tokens"},
    {"\"one\",", "", "tokens"},
    {"\"word_tokens\":true", "\"word_tokens\":true,\"subword_tokens\":true",
     "subword_tokens"},
    {"\"word_tokens\":true", "\"word_tokens\":true,\"subword_tokens\":1",
     "subword_tokens"},
    {"\"one\"", "\"\xff\"", "header"},
    {"\"one\"", "\"\\ud800\"", "byte"},
    {"\"one\"", "\"\\u0000\"", "byte"},
    {"\"format\":1", "\"format\":1,\"format\":1", "byte"},
    {"{\"format\":1", "[{\"format\":1", "byte"},
    {"\"training\":{", "\"training\":[],\"x\":{", "training"},
    {"\"quality\":{", "\"quality\":\"good\",\"x\":{", "quality"},
};

static const damage both_ways_damages[] = {
    {"\"format\":2", "\"format\":3", "format"},
    {"\"format\":2", "\"format\":1", "dense_in.weight\": missing"},
    {"\"lstm\"", "\"LSTM\"", "network.cell"},
    {"\"lstm\"", "\"gru\"", "gru.weight_ih_l0\": missing"},
    {"\"lstm\"", "\"gru_reset_before\"", "gru.weight_ih_l0\": missing"},
    {"\"bidirectional\":true", "\"bidirectional\":false",
     "layer_norm.0.weight"},
    {"\"bidirectional\":true", "\"bidirectional\":1", "network.bidirectional"},
    {"\"learned_state\":true", "\"learned_state\":false", "lstm.h0_l0"},
    {"\"layer_norm\":true", "\"layer_norm\":false", "layer_norm.0.weight"},
    {"\"streams\":[7,3]", "\"streams\":[]", "network.streams"},
    {"\"streams\":[7,3]", "\"streams\":[7]", "network.streams"},
    {"\"streams\":[7,3]", "\"streams\":[7,3.0]", "network.streams"},
    {"\"streams\":[7,3]", "\"streams\":[11,-1]", "network.streams"},
    {"\"streams\":[7,3]", "\"streams\":[1,1,1,1,1,1,1,1,1,1]",
     "streams.0.weight"},
    {"\"streams\":[7,3]", "\"streams\":[3,7]", "streams.0.weight"},
    {"\"n_dense\":3", "\"n_dense\":0", "network.streams"},
    {"\"n_dense\":3", "\"n_dense\":4096", "network.streams"},
};

static const damage denoise_damages[] = {
    {"\"n_bands\":12", "\"n_bands\":0", "bands.n_bands"},
    {"\"n_bands\":12", "\"n_bands\":513", "bands.n_bands"},
    {"\"n_bands\":12", "\"n_bands\":512", "bands"},
    {"\"n_bands\":12", "\"n_bands\":11", "network.n_in"},
    {"\"n_bands\":12", "\"n_bands\":6", "bands"},
    {"\"n_in\":12", "\"n_in\":13", "network.n_in"},
    {"\"n_out\":13", "\"n_out\":12", "network.n_out"},
    {"\"linear_hz\":150.0", "\"linear_hz\":-1", "bands.linear_hz"},
    {"\"linear_hz\":150.0", "\"linear_hz\":20000", "bands"},
    {"\"top_hz\":20000.0", "\"top_hz\":149", "bands"},
    {"\"floor_db\":-80.0", "\"floor_db\":-301", "bands.floor_db"},
    {"\"level_ms\":1000.0", "\"level_ms\":0", "bands.level_ms"},
    {"\"frame_ms\":40", "\"frame_ms\":41", "bands.frame_ms"},
    {"\"frame_ms\":40", "\"frame_ms\":25", "bands"},
    {"\"task\":\"denoise\"", "\"task\":\"ctc\"", "features"},
};

static const damage regress_damages[] = {
    {"\"window\":5", "\"window\":0", "forecast.window"},
    {"\"horizon\":2", "\"horizon\":0", "forecast.horizon"},
    {"\"n_out\":1", "\"n_out\":2", "network.n_out"},
    {",\"wind\"", "", "network.n_in"},
    {"\"load\"", "\"\"", "input_tokens[0]"},
};

static const damage generate_damages[] = {
    {"\"n_in\":4", "\"n_in\":5", "network.n_in"},
    {"\"n_out\":4", "\"n_out\":5", "network.n_out"},
    {"\"<unk>\"", "\"<end>\"", "tokens[0]"},
};

static const damage classify_damages[] = {
    {"\"n_in\":4", "\"n_in\":5", "network.n_in"},
    {"\"n_out\":3", "\"n_out\":4", "network.n_out"},
    {"\"c\"", "\"b\"", "tokens: one is there twice"},
    {"\"mean_pooling\":true", "\"mean_pooling\":1", "mean_pooling"},
    {"\"input_tokens\"", "\"other\"", "features"},
};

static const damage seq2seq_damages[] = {
    {"\"lstm\"", "\"LSTM\"", "seq2seq.cell"},
    {"\"general\"", "\"genial\"", "seq2seq.score"},
    {"\"general\"", "\"dot\"", "attention.general"},
    {"\"n_embed\":3", "\"n_embed\":0", "seq2seq.n_embed"},
    {"\"n_hidden\":5", "\"n_hidden\":6", "enc.weight_ih_l0"},
    {"\"<end>\"", "\"<unk>\"", "tokens[0]"},
    {",\"c\"", "", "embed_tgt.weight"},
};

static void check_damages(const image *im, const damage *damages, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const damage *d = &damages[i];
        const char *at = strstr(im->json, d->from);
        pinna_error error;

        if (!at)
            fail_msg("no %s in the JSON text", d->from);
        char *json = splice(im->json, at, at + strlen(d->from), d->to);
        if (parse_parts(im, json, im->entries, &error) == PINNA_OK)
            fail_msg("%s taken", d->to);
        if (!strstr(error.text, d->words))
            fail_msg("%s: \"%s\" does not say \"%s\"", d->to, error.text,
                     d->words);
        free(json);
    }
}

static void test_errors_name_the_field(void **state)
{
    (void)state;
    check_damages(&ctc, ctc_damages, sizeof ctc_damages / sizeof *ctc_damages);
    check_damages(&denoise, denoise_damages,
                  sizeof denoise_damages / sizeof *denoise_damages);
    check_damages(&both_ways, both_ways_damages,
                  sizeof both_ways_damages / sizeof *both_ways_damages);
    check_damages(&regress, regress_damages,
                  sizeof regress_damages / sizeof *regress_damages);
    check_damages(&generate, generate_damages,
                  sizeof generate_damages / sizeof *generate_damages);
    check_damages(&classify, classify_damages,
                  sizeof classify_damages / sizeof *classify_damages);
    check_damages(&seq2seq, seq2seq_damages,
                  sizeof seq2seq_damages / sizeof *seq2seq_damages);

    static const char *const texts[] = {"",     "{",  "[]", "1",
                                        "null", "{}", "\n", "{\"format\"\n"};
    pinna_error error;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_int_not_equal(parse_parts(&ctc, texts[i], ctc.entries, &error),
                             PINNA_OK);
}

static void test_unknown_fields_are_ignored(void **state)
{
    (void)state;
    static const char *const places[] = {"\"format\"", "\"n_in\"", "\"stack\""};
    pinna_error error;
    for (size_t i = 0; i < 3; i++) {
        const char *at = strstr(ctc.json, places[i]);
        char *json = splice(ctc.json, at, at, "\"later\":[{\"a\":1}],");
        if (parse_parts(&ctc, json, ctc.entries, &error))
            fail_msg("%s", error.text);
        free(json);
    }

    const char *at = strstr(ctc.json, ",\"training\"");
    char *json = splice(ctc.json, at, at + strlen(at), "}");
    if (parse_parts(&ctc, json, ctc.entries, &error))
        fail_msg("%s", error.text);
    free(json);
}

/* A name of the metadata other than "pinna", or none at all. */
static void test_metadata_is_needed(void **state)
{
    (void)state;
    const char *path = support_temp("plain.safetensors");
    const float one = 1;
    const pinna_tensor tensor = {"x", PINNA_F32, 1, {1}, 1, &one};
    const char *const metadata[] = {"format", "pt"};
    pinna_error error = {{0}};
    pinna_model *model;

    assert_int_equal(
        pinna_safetensors_write(path, &tensor, 1, metadata, 1, NULL), PINNA_OK);
    assert_int_equal(pinna_model_read(path, &model, &error), PINNA_BAD_FORMAT);
    assert_null(model);
    assert_one_line(&error, path);
    assert_non_null(strstr(error.text, "\"pinna\""));
}

/* Write the tensors under the metadata of the ctc model, and read that. */
static pinna_status read_tensors(const pinna_tensor *list, size_t n,
                                 pinna_error *error)
{
    const char *path = support_temp("tensors.safetensors");
    const char *const metadata[] = {"pinna", ctc.json};
    size_t n_bytes;

    assert_int_equal(pinna_safetensors_write(path, list, n, metadata, 1, NULL),
                     PINNA_OK);
    unsigned char *bytes = read_bytes(path, &n_bytes);
    const pinna_status status = parse(bytes, n_bytes, error);
    free(bytes);
    return status;
}

static void assert_refused(const pinna_tensor *list, size_t n,
                           const char *words)
{
    pinna_error error;
    assert_int_equal(read_tensors(list, n, &error), PINNA_BAD_FORMAT);
    if (!strstr(error.text, words))
        fail_msg("\"%s\" does not say \"%s\"", error.text, words);
}

static void damage_tensor(pinna_tensor *list, size_t n, size_t index)
{
    const pinna_tensor kept = list[index];
    pinna_tensor *tensor = &list[index];

    *tensor = list[n - 1]; /* that tensor is gone */
    list[n - 1] = kept;
    assert_refused(list, n - 1, kept.name);
    list[n - 1] = *tensor;
    *tensor = kept;

    tensor->name = "other\nname";
    assert_refused(list, n, kept.name);
    *tensor = kept;

    if (kept.dtype != PINNA_I8) {
        tensor->dtype = PINNA_I32;
        assert_refused(list, n, kept.name);
        tensor->dtype = PINNA_I8; /* of a vector, or without scales */
        assert_refused(list, n, kept.name);
        *tensor = kept;
    }

    tensor->n_dims = kept.n_dims == 1 ? 2 : 1; /* as many values */
    tensor->shape[0] = kept.n;
    tensor->shape[1] = 1;
    assert_refused(list, n, kept.name);
    *tensor = kept;

    if (kept.n_dims == 2 && kept.shape[0] != kept.shape[1]) {
        tensor->shape[0] = kept.shape[1];
        tensor->shape[1] = kept.shape[0];
        assert_refused(list, n, kept.name);
        *tensor = kept;
    }

    tensor->shape[0]--;
    tensor->n -= kept.n_dims == 2 ? kept.shape[1] : 1;
    assert_refused(list, n, kept.name);
    *tensor = kept;
}

static size_t list_tensors(const image *im, pinna_tensor *list,
                           pinna_safetensors **file)
{
    assert_int_equal(
        pinna_safetensors_parse(im->bytes, im->n_bytes, NAME, file, NULL),
        PINNA_OK);
    const size_t n = pinna_safetensors_count(*file);
    for (size_t i = 0; i < n; i++)
        list[i] = *pinna_safetensors_at(*file, i);
    return n;
}

static void check_tensors(const image *im, size_t n_wanted)
{
    pinna_tensor list[32];
    pinna_safetensors *file;
    pinna_error error;

    const size_t n = list_tensors(im, list, &file);
    assert_int_equal(n, n_wanted);
    assert_int_equal(read_tensors(list, n, &error), PINNA_OK);
    for (size_t i = 0; i < n; i++)
        damage_tensor(list, n, i);
    list[n] = list[0];
    list[n].name = "gru.weight_ih_l2\n";
    assert_refused(list, n + 1, "gru.weight_ih_l2?");
    assert_refused(list, 0, "missing");
    pinna_safetensors_free(file);
}

static void test_tensors_are_exact(void **state)
{
    (void)state;
    const size_t n = 2 + 8 + 2 + 2, n_matrices = 1 + 4 + 1;
    check_tensors(&ctc, n);
    check_tensors(&int8, n + n_matrices);
}

/* Files of others may quantise one matrix and leave the rest. */
static void test_one_int8_matrix(void **state)
{
    (void)state;
    static const char name[] = "gru.weight_hh_l1";
    pinna_tensor list[32], whole[32];
    pinna_safetensors *file, *file8;
    pinna_error error;

    const size_t n = list_tensors(&ctc, list, &file);
    list_tensors(&int8, whole, &file8);
    list[n] = *pinna_safetensors_find(file8, "gru.weight_hh_l1_scale");
    assert_refused(list, n + 1, "gru.weight_hh_l1_scale\": no place");
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i].name, name) == 0)
            list[i] = *pinna_safetensors_find(file8, name);
    assert_int_equal(read_tensors(list, n + 1, &error), PINNA_OK);
    assert_refused(list, n, "gru.weight_hh_l1_scale\": missing");
    pinna_safetensors_free(file);
    pinna_safetensors_free(file8);
}

static void test_int8_values_are_in_range(void **state)
{
    (void)state;
    static const float bad[] = {-1, -0.0f, -1e-45f, 3e36f};
    pinna_tensor list[32];
    pinna_safetensors *file;
    pinna_error error;
    float scales[12];
    int8_t values[48];

    const size_t n = list_tensors(&int8, list, &file);
    for (size_t i = 0; i < n; i++) {
        const pinna_tensor kept = list[i];
        if (strcmp(kept.name, "gru.weight_hh_l0_scale") == 0) {
            for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
                memcpy(scales, kept.data, sizeof scales);
                scales[11] = bad[k];
                list[i].data = scales;
                assert_refused(list, n, "gru.weight_hh_l0_scale\": value 11,");
            }
            memset(scales, 0, sizeof scales); /* rows of zeros */
            assert_int_equal(read_tensors(list, n, &error), PINNA_OK);
        } else if (strcmp(kept.name, "gru.weight_hh_l0") == 0) {
            memcpy(values, kept.data, sizeof values);
            values[47] = -128;
            list[i].data = values;
            assert_refused(list, n, "gru.weight_hh_l0\": value 47 is -128");
            values[47] = -127;
            assert_int_equal(read_tensors(list, n, &error), PINNA_OK);
        }
        list[i] = kept;
    }
    pinna_safetensors_free(file);
}

static void test_values_are_finite(void **state)
{
    (void)state;
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    pinna_error error;

    for (size_t at = 0; at < ctc.n_data; at += sizeof(float)) {
        unsigned char *bytes = malloc(ctc.n_bytes);
        memcpy(bytes, ctc.bytes, ctc.n_bytes);
        memcpy(bytes + ctc.n_bytes - ctc.n_data + at, &bad[at / 4 % 3],
               sizeof(float));
        assert_int_equal(parse(bytes, ctc.n_bytes, &error), PINNA_BAD_FORMAT);
        assert_non_null(strstr(error.text, "finite"));
        free(bytes);
    }
}

static void test_truncated_files_fail(void **state)
{
    (void)state;
    pinna_error error;
    for (size_t i = 0; i < N_IMAGES; i++) {
        for (size_t n = 0; n < images[i]->n_bytes; n += 64)
            assert_int_equal(parse(images[i]->bytes, n, &error),
                             PINNA_BAD_FORMAT);
        assert_int_equal(
            parse(images[i]->bytes, images[i]->n_bytes - 1, &error),
            PINNA_BAD_FORMAT);
    }
}

static void test_flipped_bytes_never_crash(void **state)
{
    (void)state;
    pinna_rng rng;
    pinna_error error;

    pinna_rng_seed(&rng, 2, 0);
    for (size_t i = 0; i < N_IMAGES; i++) {
        const image *im = images[i];
        const size_t n_header = im->n_bytes - im->n_data;
        unsigned char *bytes = malloc(im->n_bytes);
        size_t n_refused = 0;
        for (size_t trial = 0; trial < 2000; trial++) {
            /* Mostly in the header, where there is more to break. */
            const size_t n = trial % 4 == 0 ? im->n_bytes : n_header;
            memcpy(bytes, im->bytes, im->n_bytes);
            for (size_t k = 0; k <= trial % 3; k++) {
                const uint64_t draw = pinna_rng_next(&rng);
                bytes[(draw >> 8) % n] ^= (unsigned char)(draw % 255 + 1);
            }
            n_refused += parse(bytes, im->n_bytes, &error) != PINNA_OK;
        }
        assert_true(n_refused > 1000);
        free(bytes);
    }
}

static void test_missing_file(void **state)
{
    (void)state;
    const char *path = support_temp("none.safetensors");
    pinna_error error = {{0}};
    pinna_model *model = (pinna_model *)&error;

    assert_int_equal(pinna_model_read(path, &model, &error), PINNA_NOT_FOUND);
    assert_null(model);
    assert_one_line(&error, path);
    assert_int_equal(pinna_model_read(path, &model, NULL), PINNA_NOT_FOUND);
    assert_int_equal(pinna_model_parse(NULL, 0, NAME, &model, NULL),
                     PINNA_BAD_FORMAT);
    pinna_model_free(NULL);
}

/* Refused, and the file that was there is still there. */
static void assert_not_written(pinna_model *model, const char *words)
{
    const char *path = support_temp("kept.safetensors");
    pinna_error error = {{0}};
    size_t n;
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    fputs("old", file);
    fclose(file);
    assert_int_equal(pinna_model_write(path, model, &error), PINNA_BAD_ARG);
    assert_one_line(&error, path);
    if (!strstr(error.text, words))
        fail_msg("\"%s\" does not say \"%s\"", error.text, words);
    unsigned char *bytes = read_bytes(path, &n);
    assert_int_equal(n, 3);
    free(bytes);
    pinna_model_free(model);
}

static pinna_model *with_token(const char *token)
{
    pinna_model *model = new_ctc_model();
    free(model->tokens[1]);
    model->tokens[1] = strdup(token);
    return model;
}

static pinna_model *with_training(const char *text)
{
    pinna_model *model = new_ctc_model();
    free(model->training);
    model->training = strdup(text);
    return model;
}

static void test_bad_models_are_not_written(void **state)
{
    (void)state;
    assert_not_written(with_token("\xc3\x28"), "tokens[1]");
    assert_not_written(with_token(""), "tokens[1]");
    assert_not_written(with_token(" "), "tokens");
    assert_not_written(with_training("[]"), "training");
    assert_not_written(with_training(""), "training");
    assert_not_written(with_training("{\"a\":1,\"a\":2}"), "training");
    assert_not_written(with_training("{\"a\":\"\xff\"}"), "training");

    pinna_model *model = new_ctc_model();
    model->ctc_ear.fbank.preemphasis = NAN;
    assert_not_written(model, "features.preemphasis");

    model = new_ctc_model();
    model->ctc_ear.stack = 3;
    assert_not_written(model, "network.n_in");

    model = new_ctc_model();
    model->ctc_ear.fbank.window = (pinna_window_type)99;
    assert_not_written(model, "features.window");

    model = new_ctc_model();
    model->ctc_ear.fbank.type = (pinna_feature_type)99;
    assert_not_written(model, "type");

    model = new_ctc_model();
    model->network.config.cell = (pinna_cell_kind)PINNA_N_CELL_KINDS;
    assert_not_written(model, "network.cell");

    model = new_denoise_model();
    model->network.config.bidirectional = true;
    assert_not_written(model, "network.bidirectional");

    model = new_ctc_model();
    strcpy(model->task, "sing");
    assert_not_written(model, "task");

    model = new_denoise_model();
    model->bands.level_ms = INFINITY;
    assert_not_written(model, "bands.level_ms");

    model = new_denoise_model();
    model->network.params.values[3] = NAN;
    assert_not_written(model, "gru.weight_ih_l0");

    model = new_denoise_model();
    model->scale[3] = INFINITY;
    assert_not_written(model, "cmvn.scale");
}

static pinna_status parse_ctc(void)
{
    pinna_error error;
    return parse(ctc.bytes, ctc.n_bytes, &error);
}

static pinna_status parse_both_ways(void)
{
    pinna_error error;
    return parse(both_ways.bytes, both_ways.n_bytes, &error);
}

static pinna_status parse_regress(void)
{
    pinna_error error;
    return parse(regress.bytes, regress.n_bytes, &error);
}

static pinna_status parse_seq2seq(void)
{
    pinna_error error;
    return parse(seq2seq.bytes, seq2seq.n_bytes, &error);
}

static pinna_status parse_denoise(void)
{
    pinna_error error;
    return parse(denoise.bytes, denoise.n_bytes, &error);
}

static pinna_status parse_int8(void)
{
    pinna_error error;
    return parse(int8.bytes, int8.n_bytes, &error);
}

static const pinna_model *model_to_write;

static pinna_status write_again(void)
{
    return pinna_model_write(support_temp("oom.safetensors"), model_to_write,
                             NULL);
}

static void test_failing_allocations(void **state)
{
    (void)state;
    support_survives_no_memory(parse_ctc);
    support_survives_no_memory(parse_denoise);
    support_survives_no_memory(parse_int8);
    support_survives_no_memory(parse_both_ways);
    support_survives_no_memory(parse_regress);
    support_survives_no_memory(parse_seq2seq);

    pinna_model *const models[] = {new_ctc_model(), new_bidirectional_model(),
                                   new_regress_model(), new_seq2seq_model(),
                                   new_int8_model()};
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        model_to_write = models[i];
        support_survives_no_memory(write_again);
        pinna_model_free(models[i]);
    }
}

static void check_built_in(pinna_status (*get)(pinna_model **, pinna_error *),
                           const char *task)
{
    pinna_error error = {{0}};
    pinna_model *model;

    if (get(&model, &error))
        fail_msg("%s", error.text);
    assert_string_equal(model->task, task);
    pinna_model_free(model);
}

static void test_built_in_models(void **state)
{
    (void)state;
    check_built_in(pinna_model_default_denoiser, PINNA_TASK_DENOISE);
    check_built_in(pinna_model_default_recogniser, PINNA_TASK_CTC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip_is_exact),
        cmocka_unit_test(test_stream_is_ready),
        cmocka_unit_test(test_assembled_parts_are_read),
        cmocka_unit_test(test_every_field_is_needed_and_typed),
        cmocka_unit_test(test_errors_name_the_field),
        cmocka_unit_test(test_unknown_fields_are_ignored),
        cmocka_unit_test(test_metadata_is_needed),
        cmocka_unit_test(test_tensors_are_exact),
        cmocka_unit_test(test_one_int8_matrix),
        cmocka_unit_test(test_int8_values_are_in_range),
        cmocka_unit_test(test_values_are_finite),
        cmocka_unit_test(test_truncated_files_fail),
        cmocka_unit_test(test_flipped_bytes_never_crash),
        cmocka_unit_test(test_missing_file),
        cmocka_unit_test(test_bad_models_are_not_written),
        cmocka_unit_test(test_failing_allocations),
        cmocka_unit_test(test_built_in_models),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
