/* The test vectors of RFC 4648, and every byte. */
#include "tools/base64.h"

#include "tests/support.h"

#include <string.h>

static const char *encode(const void *bytes, size_t n)
{
    static char text[16384];
    FILE *from = tmpfile(), *to = tmpfile();

    fwrite(bytes, 1, n, from);
    assert_int_equal(pinna_base64_copy(from, to), PINNA_OK);
    rewind(to);
    text[fread(text, 1, sizeof text - 1, to)] = '\0';
    fclose(from);
    fclose(to);
    return text;
}

static void rfc_4648(void **state)
{
    static const char *const cases[][2] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(encode(cases[i][0], strlen(cases[i][0])),
                            cases[i][1]);
}

static void every_byte(void **state)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned char bytes[10000];

    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 7 + i / 256);
    const char *text = encode(bytes, sizeof bytes);
    assert_int_equal(strlen(text), (sizeof bytes + 2) / 3 * 4);
    for (size_t i = 0; i < sizeof bytes; i++) {
        const char *group = text + i / 3 * 4;
        unsigned long bits = 0;
        for (size_t k = 0; k < 4; k++)
            bits = bits << 6 |
                   (group[k] == '='
                        ? 0UL
                        : (unsigned long)(strchr(letters, group[k]) - letters));
        assert_int_equal(bits >> (16 - i % 3 * 8) & 0xff, bytes[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc_4648),
        cmocka_unit_test(every_byte),
    };
    return cmocka_run_group_tests_name("base64", tests, NULL, NULL);
}
