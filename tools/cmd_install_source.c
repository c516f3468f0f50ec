/* tools/cmd_install_source.c -- `pinna install-source`: a virtual microphone
 * without noise for PipeWire */
#include "tools/command.h"
#include "tools/filter_chain.h"
#include "tools/options.h"
#include "tools/output_file.h"
#include "tools/progress.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static const pinna_usage usage = {
    .command = "install-source",
    .synopsis = "[options]",
    .summary =
        "Give PipeWire a microphone without noise that all programs can choose "
        "(\"Clean\nmicrophone\"), or a sink that takes the noise out of "
        "incoming voices. Writes a file\nfor you alone, below "
        "~/.config/pipewire; PipeWire reads it when it starts.",
    .examples = "  pinna install-source\n"
                "  pinna install-source --sink\n"
                "  pinna install-source --remove\n"
                "  systemctl --user restart pipewire\n",
};

struct work {
    bool sink, remove;
    const char *target;
};

static int fail(const char *text, int code)
{
    pinna_message("pinna install-source: %s", text);
    return code;
}

static void tell_to_restart(void)
{
    pinna_message("PipeWire reads it when it starts: systemctl --user restart "
                  "pipewire");
}

static int take_away(const char *path)
{
    if (unlink(path) != 0) {
        pinna_message("pinna install-source: %s: %s", path, strerror(errno));
        return PINNA_EXIT_INPUT;
    }
    pinna_message("%s is gone", path);
    tell_to_restart();
    return PINNA_EXIT_DONE;
}

static int install(const struct work *work)
{
    char plugin[PINNA_PATH_MAX], path[PINNA_PATH_MAX];
    pinna_output_file output = {.stream = NULL};
    pinna_plugin_kind kind;
    pinna_error error;

    if (pinna_filter_chain_find(&kind, plugin, sizeof plugin, &error) ||
        pinna_filter_chain_path(work->sink, true, path, sizeof path, &error) ||
        pinna_output_file_open(path, &output, &error))
        return fail(error.text, PINNA_EXIT_START);
    pinna_filter_chain_write(output.stream, work->sink, kind, work->target);
    if (pinna_output_file_commit(&output, &error))
        return fail(error.text, PINNA_EXIT_START);
    pinna_message("%s: \"%s\" by %s", path, pinna_filter_chain_node(work->sink),
                  plugin);
    tell_to_restart();
    return PINNA_EXIT_DONE;
}

int pinna_cmd_install_source(int argc, char **argv)
{
    struct work work = {.sink = false};
    char path[PINNA_PATH_MAX];
    int code = -1;
    const pinna_option options[] = {
        {"sink", 0, NULL, "for incoming voices instead of the microphone",
         .flag = &work.sink},
        {"target", 0, "NODE",
         "PipeWire's name of the microphone, or of the sink\nbehind (default: "
         "what is the default)",
         .text = &work.target},
        {"remove", 0, NULL, "take it away again", .flag = &work.remove},
    };

    if (argc > 1)
        code = pinna_options_parse(&usage, options,
                                   sizeof options / sizeof *options, argc, argv,
                                   NULL);
    if (code < 0 && work.target && strpbrk(work.target, "\"\\\n"))
        code = pinna_usage_error(&usage, "--target %s: no name of a node",
                                 work.target);
    if (code >= 0)
        return code;
    if (!work.remove)
        return install(&work);
    pinna_filter_chain_path(work.sink, false, path, sizeof path, NULL);
    return take_away(path);
}
