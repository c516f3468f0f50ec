#include "support.h"

#include <stdbool.h>
#include <string.h>

#include "dsp/rng.h"
#include "rnn/prefix_tree.h"

enum { N_NODES = 40, N_HYPS = 4 };

static size_t n_free(const pinna_prefix_tree *tree)
{
    size_t n = 0;
    for (uint32_t i = tree->first_free; i != PINNA_NO_NODE;
         i = tree->nodes[i].next)
        n++;
    return n;
}

/* Nodes below and at this one; each must know its parent, depth and sibling. */
static size_t n_reached(const pinna_prefix_tree *tree, uint32_t index)
{
    const pinna_prefix *at = &tree->nodes[index];
    uint32_t previous = PINNA_NO_NODE;
    size_t n = 1;

    for (uint32_t c = at->first_child; c != PINNA_NO_NODE;
         c = tree->nodes[c].next) {
        assert_int_equal(tree->nodes[c].parent, index);
        assert_int_equal(tree->nodes[c].previous, previous);
        assert_int_equal(tree->nodes[c].depth, at->depth + 1);
        n += n_reached(tree, c);
        previous = c;
    }
    return n;
}

/* Nodes that a hypothesis needs: its own and those before it. */
static size_t n_needed(const pinna_prefix_tree *tree, const uint32_t *hyps)
{
    bool needed[N_NODES] = {false};
    size_t n = 0;

    needed[tree->root] = true;
    for (size_t i = 0; i < N_HYPS; i++)
        for (uint32_t at = hyps[i]; at != PINNA_NO_NODE;
             at = at == tree->root ? PINNA_NO_NODE : tree->nodes[at].parent)
            needed[at] = true;
    for (size_t i = 0; i < N_NODES; i++)
        n += needed[i];
    return n;
}

static void drop(pinna_prefix_tree *tree, uint32_t *hyp)
{
    if (*hyp == PINNA_NO_NODE)
        return;
    tree->nodes[*hyp].hyp = PINNA_NO_HYP;
    pinna_prefix_tree_release(tree, *hyp);
    *hyp = PINNA_NO_NODE;
}

/* One of the hypotheses, if there are any; else the root. */
static uint32_t draw_parent(const pinna_prefix_tree *tree, const uint32_t *hyps,
                            pinna_rng *rng)
{
    const size_t from = pinna_rng_below(rng, N_HYPS);
    for (size_t i = 0; i < N_HYPS; i++)
        if (hyps[(from + i) % N_HYPS] != PINNA_NO_NODE)
            return hyps[(from + i) % N_HYPS];
    return tree->root;
}

static bool can_advance(const pinna_prefix_tree *tree)
{
    const pinna_prefix *root = &tree->nodes[tree->root];
    return root->hyp == PINNA_NO_HYP && root->first_child != PINNA_NO_NODE &&
           tree->nodes[root->first_child].next == PINNA_NO_NODE;
}

/* Whatever is added, released and advanced over: the tree holds just what its
 * hypotheses need, the pool the rest. */
static void test_holds_what_is_needed(void **state)
{
    (void)state;
    pinna_prefix_tree tree;
    pinna_rng rng;
    uint32_t hyps[N_HYPS];
    size_t n_added = 0, n_advanced = 0;

    assert_int_equal(pinna_prefix_tree_new(N_NODES, &tree), PINNA_OK);
    pinna_prefix_tree_reset(&tree, 7);
    assert_int_equal(tree.nodes[tree.root].token, 7);
    memset(hyps, 0xff, sizeof hyps);
    pinna_rng_seed(&rng, 1, 0);
    for (size_t round = 0; round < 5000; round++) {
        uint32_t *hyp = &hyps[pinna_rng_below(&rng, N_HYPS)];
        const uint32_t parent = draw_parent(&tree, hyps, &rng);
        if (pinna_rng_below(&rng, 3) == 0 || n_free(&tree) == 0) {
            drop(&tree, hyp);
        } else {
            const uint32_t made = pinna_prefix_tree_add(&tree, parent, 3);
            assert_int_equal(tree.nodes[made].token, 3);
            assert_int_equal(tree.nodes[made].parent, parent);
            assert_int_equal(tree.nodes[parent].first_child, made);
            tree.nodes[made].hyp = 0;
            drop(&tree, hyp);
            *hyp = made;
            n_added++;
        }
        if (can_advance(&tree)) {
            const uint32_t child = tree.nodes[tree.root].first_child;
            pinna_prefix_tree_advance(&tree);
            assert_int_equal(tree.root, child);
            n_advanced++;
        }
        assert_int_equal(n_reached(&tree, tree.root), n_needed(&tree, hyps));
        assert_int_equal(n_reached(&tree, tree.root) + n_free(&tree), N_NODES);
    }
    assert_true(n_added > 1000 && n_advanced > 100);

    pinna_prefix_tree_reset(&tree, 1);
    assert_int_equal(n_free(&tree), N_NODES - 1);
    assert_int_equal(n_reached(&tree, tree.root), 1);
    pinna_prefix_tree_free(&tree);
}

static void test_release_spares_what_is_gone(void **state)
{
    (void)state;
    pinna_prefix_tree tree;

    assert_int_equal(pinna_prefix_tree_new(3, &tree), PINNA_OK);
    pinna_prefix_tree_reset(&tree, 0);
    const uint32_t made = pinna_prefix_tree_add(&tree, tree.root, 1);
    pinna_prefix_tree_release(&tree, made);
    pinna_prefix_tree_release(&tree, made);
    pinna_prefix_tree_release(&tree, tree.root);
    assert_int_equal(n_free(&tree), 2);
    pinna_prefix_tree_free(&tree);
}

static pinna_status make(void)
{
    pinna_prefix_tree tree;
    const pinna_status status = pinna_prefix_tree_new(N_NODES, &tree);
    pinna_prefix_tree_free(&tree);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    support_survives_no_memory(make);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_holds_what_is_needed),
        cmocka_unit_test(test_release_spares_what_is_gone),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("prefix_tree", tests, NULL, NULL);
}
