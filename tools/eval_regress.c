/* tools/eval_regress.c -- `pinna eval regress`: how far a forecast is off */
#include "tools/eval.h"
#include "tools/eval_files.h"
#include "tools/regress_task.h"
#include "tools/series.h"

#include <stdio.h>

static const pinna_usage usage = {
    .command = "eval regress",
    .synopsis = "[options] --model MODEL TABLE...",
    .summary = "Tell the series of tables ahead and compare with what came: "
               "MSE, RMSE, MAE, and\nthe RMSE of persistence. The columns are "
               "those that the model learned from.",
    .examples = "  pinna eval regress -m load.safetensors later.csv\n",
};

static pinna_status compare(const pinna_model *model, const char *path,
                            pinna_forecast_error *net,
                            pinna_forecast_error *persistence,
                            pinna_error *error)
{
    const size_t window = model->forecast.window;
    const size_t horizon = model->forecast.horizon;
    pinna_series series;

    pinna_status status = pinna_series_read_columns(
        path, (const char *const *)model->input_tokens, model->n_input_tokens,
        &series, error);
    if (status)
        return status;
    const size_t n = pinna_series_n_items(&series, window, horizon);
    if (n == 0)
        status = pinna_fail(error, PINNA_BAD_FORMAT,
                            "%s: %zu rows are too few for a window of %zu and "
                            "a horizon of %zu",
                            path, series.n_rows, window, horizon);
    if (!status) {
        status = pinna_regress_error(model, &series, 0, n, net);
        if (status)
            pinna_fail(error, status, "%s: %s", path, pinna_strerror(status));
        *persistence = pinna_persistence_error(&series, window, horizon, 0, n);
    }
    pinna_series_free(&series);
    return status;
}

static void tell(pinna_json *json, const char *path,
                 const pinna_forecast_error *net,
                 const pinna_forecast_error *persistence)
{
    if (!json->file) {
        printf("%s\n  forecasts    %zu\n  MSE          %.6g\n"
               "  RMSE         %.6g\n  MAE          %.6g\n"
               "  persistence  %.6g RMSE\n",
               path, net->n, pinna_forecast_mse(net), pinna_forecast_rmse(net),
               pinna_forecast_mae(net), pinna_forecast_rmse(persistence));
        return;
    }
    pinna_json_open(json, NULL, '{');
    pinna_json_string(json, "file", path);
    pinna_json_count(json, "forecasts", net->n);
    pinna_json_number(json, "mse", pinna_forecast_mse(net), 9);
    pinna_json_number(json, "rmse", pinna_forecast_rmse(net), 9);
    pinna_json_number(json, "mae", pinna_forecast_mae(net), 9);
    pinna_json_number(json, "persistence_rmse",
                      pinna_forecast_rmse(persistence), 9);
    pinna_json_close(json, '}');
}

static pinna_status judge(const pinna_model *model, const char *path,
                          pinna_json *json, pinna_error *error)
{
    pinna_forecast_error net, persistence;

    const pinna_status status = compare(model, path, &net, &persistence, error);
    if (!status)
        tell(json, path, &net, &persistence);
    return status;
}

int pinna_eval_regress(int argc, char **argv)
{
    const pinna_file_kind kind = {&usage, PINNA_TASK_REGRESS, "TABLE",
                                  "a model of `pinna train regress`", judge};
    return pinna_eval_files(&kind, argc, argv);
}
