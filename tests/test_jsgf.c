#include "rnn/jsgf.h"

#include "support.h"

#include <stdio.h>
#include <string.h>

/* The phrases so far, "|" between, each with its line. */
typedef struct heard {
    char text[4096];
    size_t n, fail_at;
} heard;

static pinna_status hear(void *user, char *phrase, size_t line)
{
    heard *h = user;
    const size_t used = strlen(h->text);

    snprintf(h->text + used, sizeof h->text - used, "%s%zu %s",
             used > 0 ? "|" : "", line, phrase);
    phrase[0] = 'X'; /* it may be written to */
    return ++h->n == h->fail_at ? PINNA_NOT_FOUND : PINNA_OK;
}

static void assert_phrases(const char *text, const char *phrases)
{
    heard h = {.text = ""};
    pinna_error error = {""};

    assert_true(pinna_is_jsgf(text));
    if (pinna_jsgf_read(text, "g.jsgf", hear, &h, &error))
        fail_msg("%s", error.text);
    assert_string_equal(h.text, phrases);
}

static void test_sequences_and_ways(void **state)
{
    (void)state;
    assert_phrases("#JSGF V1.0;\ngrammar g;\npublic <a> = one two;\n",
                   "3 one two");
    assert_phrases("#JSGF V1.0 UTF-8 en;public<a>=one|two three | four;",
                   "1 one|1 two three|1 four");
    assert_phrases("#JSGF;\npublic <a> = [please] (turn | switch) on [now];",
                   "2 please turn on now|2 please turn on"
                   "|2 please switch on now|2 please switch on"
                   "|2 turn on now|2 turn on|2 switch on now|2 switch on");
    assert_phrases("#JSGF;public <a> = (a (b | c (d | e))) [[f] g];",
                   "1 a b f g|1 a b g|1 a b|1 a c d f g|1 a c d g|1 a c d"
                   "|1 a c e f g|1 a c e g|1 a c e");
}

static void test_rules(void **state)
{
    (void)state;
    assert_phrases("#JSGF V1.0;\n"
                   "// one line\n"
                   "public <move> = go <way> [<far>];\n"
                   "/* several\n lines */ <way> = left | <back>;\n"
                   "<far> = far;\n"
                   "public <stop> = stop /* here *//* and */ there;\n"
                   "<back> = back;",
                   "3 go left far|3 go left|3 go back far|3 go back"
                   "|7 stop there");
    /* A rule may be said again once it has been said. */
    assert_phrases("#JSGF;public <a> = <d> <d>; <d> = one | two;",
                   "1 one one|1 one two|1 two one|1 two two");
    /* Nothing at all is no phrase. */
    assert_phrases("#JSGF;public <a> = [b] [c];", "1 b c|1 b|1 c");
    assert_phrases("#JSGF;public <publicly> = public <p>; <p> = grammar;",
                   "1 public grammar");
}

static void test_what_is_passed_over(void **state)
{
    (void)state;
    assert_phrases("#JSGF;\npublic <a> = {t} /0.5/ b {x; | \\} (\n} {y} c"
                   " | / 2e1 / [d] {z} e;\npublic <f> = f;",
                   "2 b c|2 d e|2 e|4 f");
    assert_phrases("#JSGF;public <a> = /0/ b | c | (/ 0.0 / d | /1/ e) f;",
                   "1 c|1 e f");
}

static void test_quotes(void **state)
{
    (void)state;
    assert_phrases("#JSGF;\npublic <a> = \"new york\" (\"\n in | \" | on) "
                   "\"a\tb\"\"c\";\npublic <d> = d;",
                   "2 new york in | a b c|2 new york on a b c|4 d");
    assert_phrases("#JSGF;public <a> = b \"\" c | \" d \" e;", "1 b c|1 d e");
}

static void test_nothing_and_never(void **state)
{
    (void)state;
    assert_phrases("#JSGF;public <a> = b (c | <NULL>) [<VOID>] d;",
                   "1 b c d|1 b d");
    assert_phrases("#JSGF;public <a> = b <VOID> c | <x> d | e; <x> = <VOID>;",
                   "1 e");
    assert_phrases("#JSGF;public <a> = <NULL>; public <b> = <VOID>;", "");
}

static void assert_refused(const char *text, pinna_status status,
                           const char *message)
{
    heard h = {.text = ""};
    pinna_error error = {""};

    assert_int_equal(pinna_jsgf_read(text, "g.jsgf", hear, &h, &error), status);
    if (!strstr(error.text, message))
        fail_msg("\"%s\" does not hold \"%s\"", error.text, message);
}

static void test_refuses(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"#JSGF V1.0", "g.jsgf:1: ends too early"},
        {"#JSGF V1.0\npublic <a> = b;",
         "g.jsgf:2: not expected here: \"public"},
        {"#JSGF;\n<a> = b;\n", "g.jsgf: no public rule"},
        {"#JSGF;\npublic <a> = b", "g.jsgf:2: ends too early"},
        {"#JSGF;\npublic <a> = (b;", "g.jsgf:2: not expected here: \";\""},
        {"#JSGF;\npublic <a> = (b];", "not expected here: \"]\""},
        {"#JSGF;\npublic <a> = ;", "not expected here: \";\""},
        {"#JSGF;\npublic <a> = b | ;", "not expected here: \";\""},
        {"#JSGF;\npublic <a> = ();", "not expected here: \")\""},
        {"#JSGF;\npublic <a = b;", "not expected here: \"<\""},
        {"#JSGF;\npublic <> = b;", "not expected here: \"<\""},
        {"#JSGF;\npublic a = b;", "not expected here: \"a\""},
        {"#JSGF;\npublic <a> b;", "not expected here: \"b\""},
        {"#JSGF;\n\npublic <a> = b+;", "g.jsgf:3: not supported"},
        {"#JSGF;\npublic <a> = b*;", "not supported"},
        {"#JSGF;\npublic <a> = /x/ b | c;", "g.jsgf:2: no weight"},
        {"#JSGF;\npublic <a> = /2 b | c;", "g.jsgf:2: no weight"},
        {"#JSGF;\npublic <a> = /-2/ b | c;", "no weight"},
        {"#JSGF;\npublic <a> = /2/ | c;", "not expected here: \"|\""},
        {"#JSGF;\npublic <a> = /0/;", "not expected here: \";\""},
        {"#JSGF;\npublic <a> = b /2/ | c;", "not expected here: \"/\""},
        {"#JSGF;\npublic <a> =\n b {tag;", "g.jsgf:3: never closed: \"{\""},
        {"#JSGF;\npublic <a> = {tag};", "not expected here: \";\""},
        {"#JSGF;\npublic <a> = b };", "not expected here: \"}\""},
        {"#JSGF;\npublic <a> =\n \"b c;", "g.jsgf:3: never closed: \"\"\""},
        {"#JSGF;\npublic <NULL> = b;",
         "g.jsgf:2: no name for a rule: \"NULL\""},
        {"#JSGF;\npublic <VOID> = b;", "no name for a rule"},
        {"#JSGF;\nimport <x.y>;", "g.jsgf:2: not supported: \"import\""},
        {"#JSGF;\npublic <a> = \n<b>;", "g.jsgf:3: there is no rule \"b\""},
        {"#JSGF;public <a> = b;\npublic <a> = c;",
         "g.jsgf:2: a second rule \"a\""},
        {"#JSGF;\npublic <a> = b <a>;", "g.jsgf:2: comes back to itself"},
        {"#JSGF;public <a> = b <c>;\n<c> = [d] <e>;\n<e> = f | <c>;",
         "g.jsgf:3: comes back to itself: rule \"c\""},
        {"#JSGF; /* no end", "no public rule"},
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_refused(bad[i][0], PINNA_BAD_FORMAT, bad[i][1]);
}

static void test_limits(void **state)
{
    (void)state;
    static char text[20000];

    /* 10^5 phrases are the most. */
    snprintf(text, sizeof text,
             "#JSGF;public <a> = <d> <d> <d> <d> <d>;"
             "<d> = a | b | c | d | e | f | g | h | i | j;");
    heard h = {.text = ""};
    assert_int_equal(pinna_jsgf_read(text, "g", hear, &h, NULL), PINNA_OK);
    assert_int_equal(h.n, PINNA_JSGF_MAX_PHRASES);
    snprintf(text, sizeof text,
             "#JSGF;public <a> = <d> <d> <d> <d> <d> | more;"
             "<d> = a | b | c | d | e | f | g | h | i | j;");
    assert_refused(text, PINNA_UNSUPPORTED, "more than 100000 phrases");

    /* Too long a phrase, too many brackets, too many rules within rules. */
    strcpy(text, "#JSGF;public <a> =");
    for (size_t i = 0; i < 100; i++)
        strcat(text, " abcdefghij");
    strcat(text, ";");
    assert_refused(text, PINNA_BAD_FORMAT, "too long");
    strcpy(text, "#JSGF;public <a> = ");
    for (size_t i = 0; i < 1000; i++)
        strcat(text, "(");
    assert_refused(text, PINNA_BAD_FORMAT, "nested too deeply");
    strcpy(text, "#JSGF;public <r0> = <r1>;");
    for (size_t i = 1; i < 1100; i++)
        snprintf(text + strlen(text), 32, "<r%zu>=<r%zu>;", i, i + 1);
    assert_refused(text, PINNA_UNSUPPORTED, "nested too deeply");
}

static void test_what_take_returns_ends_it(void **state)
{
    (void)state;
    heard h = {.fail_at = 2};

    assert_int_equal(
        pinna_jsgf_read("#JSGF;public <a> = b | c | d;", "g", hear, &h, NULL),
        PINNA_NOT_FOUND);
    assert_string_equal(h.text, "1 b|1 c");
    assert_false(pinna_is_jsgf("# JSGF"));
    assert_false(pinna_is_jsgf("one\n#JSGF"));
}

static pinna_status read_some(void)
{
    heard h = {.text = ""};
    return pinna_jsgf_read(
        "#JSGF;grammar g;public <a> = b [c | <d>]; <d> = (e f) g;", "g", hear,
        &h, NULL);
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    support_survives_no_memory(read_some);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sequences_and_ways),
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_what_is_passed_over),
        cmocka_unit_test(test_quotes),
        cmocka_unit_test(test_nothing_and_never),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_what_take_returns_ends_it),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("jsgf", tests, NULL, NULL);
}
