/* tools/train_regress.c -- `pinna train regress`: forecasts of a time series */
#include "tools/command.h"
#include "tools/options.h"
#include "tools/regress_task.h"
#include "tools/series.h"
#include "tools/train.h"
#include "tools/train_frame.h"

#include <stdio.h>
#include <stdlib.h>

static const pinna_usage usage = {
    .command = "train regress",
    .synopsis = "[options] --train TABLE -o MODEL",
    .summary =
        "Learn to tell a column of a table ahead, from a window of the rows\n"
        "before. The table is CSV, a row a time step; its last rows are held "
        "out, and\nat the end the errors there are told beside those of "
        "persistence (it stays as\nit was) and of the best linear "
        "combination.",
    .examples =
        "  pinna train regress --train load.csv --columns load,temperature "
        "\\\n"
        "      --window 48 --horizon 24 -o load.safetensors\n",
};

typedef struct settings {
    const char *table, *columns;
    size_t window, horizon, n_projected;
    double held_out;
    pinna_layer_choice layers;
    pinna_cell_kind cell;
    pinna_train_settings shared;
} settings;

static pinna_status new_model(const settings *s, const pinna_series *series,
                              size_t n_learned, pinna_model **out,
                              pinna_error *error)
{
    pinna_network_config config = {.n_in = series->n_columns,
                                   .n_dense = s->n_projected,
                                   .n_hidden = s->layers.n_hidden,
                                   .n_layers = s->layers.n_layers,
                                   .n_out = 1,
                                   .cell = s->cell};

    *out = NULL;
    if (s->n_projected > 0) {
        if (series->n_columns > PINNA_MAX_STREAMS)
            return pinna_fail(error, PINNA_BAD_ARG,
                              "%s: --streams: %zu columns are more than %d",
                              s->table, series->n_columns, PINNA_MAX_STREAMS);
        config.n_streams = series->n_columns;
        for (size_t i = 0; i < config.n_streams; i++)
            config.stream_widths[i] = 1;
    }
    pinna_status status = pinna_fresh_model(PINNA_TASK_REGRESS, &config,
                                            s->shared.train.seed, out, error);
    if (status)
        return status;
    pinna_model *model = *out;
    model->forecast = (pinna_forecast){s->window, s->horizon};
    model->input_words = true;
    status = pinna_copy_strings((const char *const *)series->names,
                                series->n_columns, &model->input_tokens,
                                &model->n_input_tokens);
    if (!status) /* rows that the items learned from have seen */
        status = pinna_regress_normalise(
            series, n_learned + s->window + s->horizon - 1, model);
    return status ? pinna_fail(error, status, "%s", pinna_strerror(status))
                  : PINNA_OK;
}

static void tell(const char *name, const pinna_forecast_error *sums)
{
    printf("%-12s  %12.6g  %12.6g\n", name, pinna_forecast_rmse(sums),
           pinna_forecast_mae(sums));
}

static pinna_status compare(const settings *s, const pinna_series *series,
                            const pinna_model *model, size_t n_learned,
                            size_t n_items, pinna_error *error)
{
    pinna_forecast_error net, linear;
    const pinna_forecast_error persistence = pinna_persistence_error(
        series, s->window, s->horizon, n_learned, n_items);

    pinna_status status =
        pinna_regress_error(model, series, n_learned, n_items, &net);
    if (!status)
        status = pinna_linear_error(series, s->window, s->horizon, n_learned,
                                    n_learned, n_items, &linear);
    if (status)
        return pinna_fail(error, status, "%s", pinna_strerror(status));
    printf("held out: %zu rows    RMSE           MAE\n", n_items - n_learned);
    tell("network", &net);
    tell("persistence", &persistence);
    tell("linear", &linear);
    return PINNA_OK;
}

static pinna_status train(const settings *s, const pinna_series *series,
                          pinna_error *error)
{
    const size_t n_items = pinna_series_n_items(series, s->window, s->horizon);
    const size_t n_held_out = (size_t)(s->held_out * (double)series->n_rows);
    pinna_regress_task *task = NULL;
    pinna_model *model = NULL;

    if (n_held_out == 0 || n_items <= n_held_out)
        return pinna_fail(error, PINNA_BAD_ARG,
                          "%s: %zu rows are too few for a window of %zu, a "
                          "horizon of %zu and %zu held out",
                          s->table, series->n_rows, s->window, s->horizon,
                          n_held_out);
    const pinna_regress_task_config config = {
        .series = series,
        .n_learned = n_items - n_held_out,
        .dropout = s->layers.dropout,
        .plan = pinna_share_plan_of(&s->shared.train),
    };
    pinna_status status = new_model(s, series, config.n_learned, &model, error);
    if (!status) {
        status = pinna_regress_task_new(&config, model, &task);
        if (status)
            pinna_fail(error, status, "%s", pinna_strerror(status));
    }
    if (!status) {
        const pinna_train_task interface = pinna_regress_task_interface(task);
        status = pinna_train_run(&usage, &s->shared, &interface, model, error);
    }
    if (!status && !s->shared.dry_run) {
        if (pinna_ranks_writes(s->shared.train.ranks))
            status =
                compare(s, series, model, config.n_learned, n_items, error);
        status = pinna_ranks_agree(s->shared.train.ranks, status, error);
    }
    pinna_regress_task_free(task);
    pinna_model_free(model);
    return status;
}

static int parse_and_run(settings *s, int argc, char **argv)
{
    pinna_option own[6 + PINNA_N_LAYER_OPTIONS] = {
        {"train", 0, "TABLE", "the series (.csv, .tsv)", .text = &s->table},
        {"columns", 0, "NAME,...",
         "columns by name or number, that to be told first (default: all)",
         .text = &s->columns},
        {"window", 0, "N", "rows that a forecast sees", .count = &s->window,
         .shows_default = true, .low = 1, .high = 10000},
        {"horizon", 0, "N", "rows behind the window that it is for",
         .count = &s->horizon, .shows_default = true, .low = 1, .high = 10000},
        {"held-out", 0, "SHARE", "last rows, for validation",
         .number = &s->held_out, .shows_default = true, .low = 0.001,
         .high = 0.9},
        {"streams", 0, "N",
         "each column is a stream of its own, and becomes N numbers before\n"
         "the layers see all of them (default 0: they see the columns)",
         .count = &s->n_projected, .low = 0, .high = 256},
    };

    pinna_layer_options(&s->layers, own + 6);
    int code = pinna_train_settings_parse(
        &usage, &s->shared, own, sizeof own / sizeof *own, "train", argc, argv);
    if (code >= 0)
        return code;
    code = pinna_cell_option(&usage, s->layers.cell_name, &s->cell);
    if (code >= 0)
        return code;

    pinna_error error = {""};
    pinna_series series = {0};
    pinna_status status = pinna_train_settings_join(&s->shared, &error);
    if (!status)
        status = pinna_series_read(s->table, s->columns, &series, &error);
    if (!status)
        status = train(s, &series, &error);
    pinna_series_free(&series);
    return pinna_train_settings_leave(&usage, &s->shared, status, &error,
                                      PINNA_EXIT_DONE);
}

int pinna_train_regress(int argc, char **argv)
{
    /* The classic: SimpleRNN(32) -> Dense(1), Adam. */
    settings s = {
        .window = 24,
        .horizon = 1,
        .held_out = 0.2,
        .layers = {.cell_name = "rnn_tanh", .n_hidden = 32, .n_layers = 1},
        .shared = pinna_small_train_settings(4000, 3e-3),
    };
    const int code = parse_and_run(&s, argc, argv);
    pinna_train_settings_free(&s.shared);
    return code;
}
