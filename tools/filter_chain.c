#include "tools/filter_chain.h"

#include "tools/output_file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *variable; /* folders, with : between */
    const char *usual;    /* ~ is the home */
    const char *file;
} places[PINNA_PLUGIN_N_KINDS] = {
    [PINNA_PLUGIN_LV2] = {"LV2_PATH", "~/.lv2:/usr/local/lib/lv2:/usr/lib/lv2",
                          "pinna.lv2/pinna.so"},
    [PINNA_PLUGIN_LADSPA] = {"LADSPA_PATH", "/usr/lib64/ladspa:/usr/lib/ladspa",
                             "pinna.so"},
};

static const char *home(void)
{
    const char *folder = getenv("HOME");

    return folder && *folder ? folder : "/";
}

/* Is the file in one of the folders? Then path is where. */
static bool find_in(const char *folders, const char *file, char *path,
                    size_t size)
{
    while (*folders) {
        const size_t n = strcspn(folders, ":");
        if (*folders == '~')
            snprintf(path, size, "%s%.*s/%s", home(), (int)n - 1, folders + 1,
                     file);
        else
            snprintf(path, size, "%.*s/%s", (int)n, folders, file);
        if (n > 0 && access(path, R_OK) == 0)
            return true;
        folders += n;
        folders += *folders == ':';
    }
    return false;
}

pinna_status pinna_filter_chain_find_kind(pinna_plugin_kind kind, char *path,
                                          size_t size, pinna_error *error)
{
    const char *folders = getenv(places[kind].variable);

    if (!folders || !*folders)
        folders = places[kind].usual;
    if (find_in(folders, places[kind].file, path, size))
        return PINNA_OK;
    return pinna_fail(error, PINNA_NOT_FOUND, "no %s in %s", places[kind].file,
                      folders);
}

pinna_status pinna_filter_chain_find(pinna_plugin_kind *kind, char *path,
                                     size_t size, pinna_error *error)
{
    for (int i = 0; i < PINNA_PLUGIN_N_KINDS; i++) {
        *kind = (pinna_plugin_kind)i;
        if (!pinna_filter_chain_find_kind(*kind, path, size, NULL))
            return PINNA_OK;
    }
    return pinna_fail(error, PINNA_NOT_FOUND,
                      "the plugin is not installed: `cmake --build build "
                      "--target user-install` does so");
}

const char *pinna_filter_chain_node(bool sink)
{
    return sink ? "pinna_sink" : "pinna_source";
}

pinna_status pinna_filter_chain_path(bool sink, bool make, char *path,
                                     size_t size, pinna_error *error)
{
    static const char *const below[] = {"", "/pipewire",
                                        "/pipewire/pipewire.conf.d"};
    const char *config = getenv("XDG_CONFIG_HOME");
    char top[PINNA_PATH_MAX];

    if (config && *config)
        snprintf(top, sizeof top, "%s", config);
    else
        snprintf(top, sizeof top, "%s/.config", home());
    for (size_t i = 0; make && i < sizeof below / sizeof *below; i++) {
        snprintf(path, size, "%s%s", top, below[i]);
        const pinna_status status = pinna_make_folder(path, error);
        if (status)
            return status;
    }
    snprintf(path, size, "%s/pipewire/pipewire.conf.d/%s.conf", top,
             sink ? "pinna-sink" : "pinna-source");
    return PINNA_OK;
}

void pinna_filter_chain_control(pinna_plugin_kind kind, pinna_control control,
                                char *name, size_t size)
{
    const pinna_control_info *info = &pinna_controls[control];

    if (kind == PINNA_PLUGIN_LV2)
        snprintf(name, size, "%s", info->symbol);
    else if (*info->unit)
        snprintf(name, size, "%s (%s)", info->name, info->unit);
    else
        snprintf(name, size, "%s", info->name);
}

static void write_controls(FILE *file, size_t n_channels,
                           pinna_plugin_kind kind)
{
    pinna_control controls[PINNA_N_CONTROLS];
    const size_t n = pinna_controls_of(n_channels, controls);
    char name[64];

    fputs("                control = {\n", file);
    for (size_t i = 0; i < n; i++) {
        pinna_filter_chain_control(kind, controls[i], name, sizeof name);
        fprintf(file, "                    \"%s\" = %.1f\n", name,
                (double)pinna_controls[controls[i]].by_default);
    }
    fputs("                }\n", file);
}

void pinna_filter_chain_write(FILE *file, bool sink, pinna_plugin_kind kind,
                              const char *target)
{
    const char *node = pinna_filter_chain_node(sink);
    const char *name =
        sink ? "Clean voices (pinna)" : "Clean microphone (pinna)";
    const char *channels = sink ? "FL FR" : "MONO";
    const char *plugin = sink ? "stereo" : "mono";

    fprintf(file,
            "# Of `pinna install-source%s`; with --remove it takes this file "
            "away. Controls\n# are explained in pinna's README.\n"
            "context.modules = [ {\n"
            "    name = libpipewire-module-filter-chain\n"
            "    args = {\n"
            "        node.description = \"%s\"\n"
            "        media.name = \"%s\"\n"
            "        filter.graph = {\n"
            "            nodes = [ {\n",
            sink ? " --sink" : "", name, name);
    if (kind == PINNA_PLUGIN_LV2)
        fprintf(file,
                "                type = lv2 name = pinna\n"
                "                plugin = \"urn:pinna:denoiser-%s\"\n",
                plugin);
    else
        fprintf(file,
                "                type = ladspa name = pinna\n"
                "                plugin = pinna label = pinna_%s\n",
                plugin);
    write_controls(file, sink ? 2 : 1, kind);
    fputs("            } ]\n        }\n", file);
    /* The side that programs see has a class; the other one sleeps with it. */
    for (int side = 0; side < 2; side++) {
        const bool seen = (side == 0) == sink;
        fprintf(file, "        %s.props = { audio.position = [ %s ] ",
                side == 0 ? "capture" : "playback", channels);
        if (seen)
            fprintf(file, "node.name = \"%s\" media.class = Audio/%s }\n", node,
                    sink ? "Sink" : "Source");
        else
            fprintf(file, "node.name = \"%s.%s\" node.passive = true",
                    side == 0 ? "capture" : "playback", node);
        if (!seen && target)
            fprintf(file, " target.object = \"%s\"", target);
        if (!seen)
            fputs(" }\n", file);
    }
    fputs("    }\n} ]\n", file);
}
