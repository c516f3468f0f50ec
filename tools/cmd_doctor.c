/* tools/cmd_doctor.c -- `pinna doctor`: why there is no clean microphone */
#include "tools/command.h"
#include "tools/filter_chain.h"
#include "tools/filter_chain_check.h"
#include "tools/options.h"

#include <dlfcn.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const pinna_usage usage = {
    .command = "doctor",
    .synopsis = "[options]",
    .summary = "Find what is wrong with the virtual microphone or sink of "
               "`pinna install-source`:\nthe plugin, PipeWire, its module, the "
               "configuration, the node.",
    .examples = "  pinna doctor\n"
                "  pinna doctor --sink\n",
};

struct visit {
    bool sink;
    size_t n_wrong;
};

static void good(const char *what, const char *detail)
{
    printf("good   %s: %s\n", what, detail);
}

static void wrong(struct visit *visit, const char *what, const char *detail)
{
    printf("WRONG  %s: %s\n", what, detail);
    visit->n_wrong++;
}

/* The kind that the configuration names, if there is one. */
static pinna_status find_plugin(const struct visit *visit,
                                pinna_plugin_kind *kind, char *path,
                                size_t size, pinna_error *error)
{
    char file[PINNA_PATH_MAX];

    pinna_filter_chain_path(visit->sink, false, file, sizeof file, NULL);
    if (access(file, R_OK) != 0)
        return pinna_filter_chain_find(kind, path, size, error);
    pinna_filter_chain_check(file, visit->sink, kind, NULL);
    return pinna_filter_chain_find_kind(*kind, path, size, error);
}

/* LV2 has texts beside the plugin, which tell of it. */
static bool has_text(const char *plugin, const char *name, char *path,
                     size_t size)
{
    const char *slash = strrchr(plugin, '/');

    snprintf(path, size, "%.*s/%s", (int)(slash - plugin), plugin, name);
    return access(path, R_OK) == 0;
}

static void check_plugin(struct visit *visit)
{
    char path[PINNA_PATH_MAX], text[PINNA_PATH_MAX];
    pinna_plugin_kind kind;
    pinna_error error;

    if (find_plugin(visit, &kind, path, sizeof path, &error)) {
        wrong(visit, "plugin", error.text);
        return;
    }
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const char *entry =
        kind == PINNA_PLUGIN_LV2 ? "lv2_descriptor" : "ladspa_descriptor";
    if (!library)
        wrong(visit, "plugin", dlerror());
    else if (!dlsym(library, entry))
        wrong(visit, "plugin", dlerror());
    else if (kind == PINNA_PLUGIN_LV2 &&
             (!has_text(path, "manifest.ttl", text, sizeof text) ||
              !has_text(path, "pinna.ttl", text, sizeof text)))
        wrong(visit, text, "missing");
    else
        good("plugin", path);
    if (library)
        dlclose(library);
}

static void check_server(struct visit *visit)
{
    const char *folder = getenv("PIPEWIRE_RUNTIME_DIR");
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (!folder || !*folder)
        folder = getenv("XDG_RUNTIME_DIR");
    if (!folder || !*folder) {
        wrong(visit, "PipeWire", "XDG_RUNTIME_DIR is not set");
        return;
    }
    snprintf(address.sun_path, sizeof address.sun_path, "%s/pipewire-0",
             folder);
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd >= 0 &&
        connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
        good("PipeWire", address.sun_path);
    else
        wrong(visit, "PipeWire",
              "it does not run: systemctl --user start pipewire wireplumber");
    if (fd >= 0)
        close(fd);
}

static void check_module(struct visit *visit)
{
    static const char file[] = "libpipewire-module-filter-chain.so";
    /* The last: Debian's, by architecture. */
    const char *folders[] = {getenv("PIPEWIRE_MODULE_DIR"),
                             "/usr/lib64/pipewire-0.3", "/usr/lib/pipewire-0.3",
                             "/usr/local/lib/pipewire-0.3",
                             "/usr/lib/*/pipewire-0.3"};
    char pattern[PINNA_PATH_MAX];
    glob_t found;

    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        if (!folders[i])
            continue;
        snprintf(pattern, sizeof pattern, "%s/%s", folders[i], file);
        if (glob(pattern, 0, NULL, &found) == 0) {
            good("module", found.gl_pathv[0]);
            globfree(&found);
            return;
        }
    }
    wrong(visit, "module", "libpipewire-module-filter-chain is not installed");
}

static void check_configuration(struct visit *visit)
{
    char path[PINNA_PATH_MAX];
    pinna_plugin_kind kind;
    pinna_error error;

    pinna_filter_chain_path(visit->sink, false, path, sizeof path, NULL);
    if (access(path, F_OK) != 0)
        wrong(visit, "configuration",
              visit->sink ? "there is none: pinna install-source --sink"
                          : "there is none: pinna install-source");
    else if (pinna_filter_chain_check(path, visit->sink, &kind, &error))
        wrong(visit, "configuration", error.text);
    else
        good("configuration", path);
}

/* PipeWire's own tool knows its nodes. */
static void check_node(struct visit *visit)
{
    const char *node = pinna_filter_chain_node(visit->sink);
    char line[PINNA_PATH_MAX], want[64];
    bool found = false, answered = false;

    snprintf(want, sizeof want, "node.name = \"%s\"", node);
    FILE *list = popen("pw-cli ls Node 2>/dev/null", "r");
    while (list && fgets(line, sizeof line, list)) {
        answered = true;
        found = found || strstr(line, want);
    }
    if (list)
        pclose(list);
    if (found)
        good("node", node);
    else if (answered)
        wrong(visit, "node",
              "PipeWire does not have it: restart it; `journalctl --user -u "
              "pipewire` tells why if that does not help");
    else
        wrong(visit, "node", "pw-cli does not tell (package pipewire-bin)");
}

int pinna_cmd_doctor(int argc, char **argv)
{
    struct visit visit = {.sink = false};
    const pinna_option options[] = {
        {"sink", 0, NULL, "the sink for incoming voices", .flag = &visit.sink},
    };

    if (argc > 1) {
        const int code =
            pinna_options_parse(&usage, options, 1, argc, argv, NULL);
        if (code >= 0)
            return code;
    }
    check_plugin(&visit);
    check_server(&visit);
    check_module(&visit);
    check_configuration(&visit);
    check_node(&visit);
    return visit.n_wrong > 0 ? PINNA_EXIT_INPUT : PINNA_EXIT_DONE;
}
