/* tools/cmd_import.c -- `pinna import`: weights trained elsewhere into a model
 */
#include "rnn/model.h"
#include "tools/command.h"
#include "tools/import_weights.h"
#include "tools/options.h"
#include "tools/progress.h"

#include <stdlib.h>

static const pinna_usage usage = {
    .command = "import",
    .synopsis = "[options] WEIGHTS --into MODEL -o OUT",
    .summary =
        "Put the weights of a network trained elsewhere into a model of the "
        "same shape.\nWEIGHTS is a safetensors file: a state_dict of PyTorch "
        "(nn.GRU, nn.LSTM, nn.RNN,\nnn.Linear), or the tensors of ONNX' or "
        "Keras' layers. MODEL, which stays as it\nis, gives all else: the "
        "kind of cell, features and their normalisation, tokens.",
    .examples = "  pinna import net.safetensors --into my.safetensors "
                "-o new.safetensors\n"
                "  pinna import lstm.safetensors --layout keras --into "
                "my.safetensors \\\n"
                "      -o new.safetensors\n",
};

static const char *const layouts[] = {"pytorch", "onnx", "keras"};
enum { N_LAYOUTS = sizeof layouts / sizeof layouts[0] };

static pinna_status import(const char *weights, pinna_weight_layout layout,
                           const char *into, const char *output,
                           pinna_error *error)
{
    pinna_safetensors *file = NULL;
    pinna_model *model = NULL;

    pinna_status status = pinna_safetensors_read(weights, &file, error);
    if (!status)
        status = pinna_model_read(into, &model, error);
    if (!status)
        status = pinna_import_weights(file, layout, &model->network, error);
    if (!status) {
        /* They tell of the weights that were there. */
        free(model->training);
        free(model->quality);
        model->training = model->quality = NULL;
        status = pinna_model_write(output, model, error);
    }
    pinna_safetensors_free(file);
    pinna_model_free(model);
    return status;
}

int pinna_cmd_import(int argc, char **argv)
{
    const char *into = NULL, *output = NULL, *layout_name = layouts[0];
    const pinna_option options[] = {
        {"into", 0, "MODEL", "the model whose network takes the weights",
         .text = &into},
        {"output", 'o', "OUT", "model file to write", .text = &output},
        {"layout", 0, "NAME", "pytorch (default), onnx or keras",
         .text = &layout_name},
    };
    pinna_list files = {0};
    pinna_error error = {""};

    int code =
        pinna_options_parse(&usage, options, sizeof options / sizeof options[0],
                            argc, argv, &files);
    const size_t layout = pinna_parse_choice(layout_name, layouts, N_LAYOUTS);
    if (code < 0 && (files.n_items != 1 || !into || !output))
        code = pinna_usage_error(&usage, "one WEIGHTS, --into and -o are "
                                         "needed");
    if (code < 0 && layout == N_LAYOUTS)
        code = pinna_usage_error(&usage, "--layout: there is no \"%s\"",
                                 layout_name);
    if (code < 0) {
        code = PINNA_EXIT_DONE;
        if (import(files.items[0], (pinna_weight_layout)layout, into, output,
                   &error)) {
            pinna_message("pinna import: %s", error.text);
            code = PINNA_EXIT_INPUT;
        }
    }
    pinna_list_free(&files);
    return code;
}
