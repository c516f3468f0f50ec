/* rnn/models.c -- the model files that the build puts into the library
 *
 * PINNA_DENOISER_FILE and PINNA_RECOGNISER_FILE are their paths. */
#include "rnn/model.h"

#include <stddef.h>
#include <stdint.h>

/* Read-only bytes of a file and their number. The assembler takes them as they
 * are, which compiles at once and needs no copy of the model as C source. Each
 * has a section of its own, for --gc-sections to drop. Hidden, so that no host
 * of a plugin sees the names; "%progbits" and ".balign" mean the same on x86
 * and ARM. */
#define EMBED(symbol, path)                                                    \
    extern const unsigned char symbol[] __attribute__((visibility("hidden"))); \
    extern const uint64_t symbol##_size __attribute__((visibility("hidden"))); \
    __asm__(".pushsection .rodata." #symbol ", \"a\", %progbits\n"             \
            ".globl " #symbol ", " #symbol "_size\n"                           \
            ".hidden " #symbol "\n"                                            \
            ".hidden " #symbol "_size\n"                                       \
            ".balign 64\n" #symbol ":\n"                                       \
            ".incbin \"" path "\"\n"                                           \
            "1:\n"                                                             \
            ".balign 8\n" #symbol "_size:\n"                                   \
            ".quad 1b - " #symbol "\n"                                         \
            ".popsection\n")

EMBED(pinna_denoiser_bytes, PINNA_DENOISER_FILE);
EMBED(pinna_recogniser_bytes, PINNA_RECOGNISER_FILE);

pinna_status pinna_model_default_denoiser(pinna_model **out, pinna_error *error)
{
    return pinna_model_parse(pinna_denoiser_bytes, pinna_denoiser_bytes_size,
                             "built-in denoiser", out, error);
}

pinna_status pinna_model_default_recogniser(pinna_model **out,
                                            pinna_error *error)
{
    return pinna_model_parse(pinna_recogniser_bytes,
                             pinna_recogniser_bytes_size, "built-in recogniser",
                             out, error);
}
