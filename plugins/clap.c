/* plugins/clap.c -- the door through which hosts of CLAP come: Bitwig, Reaper,
 * Qtractor, Carla ... */
#include "plugins/clap_plugin.h"

#include <string.h>

static uint32_t count(const clap_plugin_factory_t *factory)
{
    (void)factory;
    return 2;
}

static const clap_plugin_descriptor_t *
get_descriptor(const clap_plugin_factory_t *factory, uint32_t index)
{
    (void)factory;
    return index < 2 ? &pinna_clap_descriptors[index] : NULL;
}

static const clap_plugin_t *create(const clap_plugin_factory_t *factory,
                                   const clap_host_t *host, const char *id)
{
    (void)factory;
    return pinna_clap_new(host, id);
}

static bool init(const char *path)
{
    (void)path;
    return true;
}

static void deinit(void)
{
}

static const void *get_factory(const char *id)
{
    static const clap_plugin_factory_t factory = {count, get_descriptor,
                                                  create};

    return strcmp(id, CLAP_PLUGIN_FACTORY_ID) == 0 ? &factory : NULL;
}

CLAP_EXPORT const clap_plugin_entry_t clap_entry = {
    CLAP_VERSION_INIT,
    init,
    deinit,
    get_factory,
};
