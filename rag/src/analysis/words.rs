//! Word lists, folded: lower case, no accents.

use std::{collections::HashSet, sync::LazyLock};

use models::Language;

type Words = LazyLock<HashSet<&'static str>>;

fn set(text: &'static str) -> HashSet<&'static str> {
    text.split_whitespace().collect()
}

// Light on purpose: only articles, pronouns, prepositions, conjunctions and auxiliaries, which every document has.
static FRENCH: Words = LazyLock::new(|| {
    set("a ai ait as au aura aurait auront aux avaient avait avec avez avoir avons ayant c ca car ce ceci cela celle \
         celles celui ces cet cette ceux chez ci d dans de depuis des deux-ci donc dont du elle elles en entre es est \
         et etaient etait etant etes etre eu eux fait faire faut font furent fut il ils j je l la le les leur leurs \
         lors lui m ma mais me meme memes mes moi mon n ne ni nos notre nous on ont or ou par pas peut peuvent peux \
         plus pour pouvez pouvons pu puis puisque qu que qui s sa sans se sera serait seront ses si soi soient soit \
         sommes son sont sous sur t ta te tes toi ton tous tout toute toutes tres tu un une vers via voici voila vos \
         votre vous y")
});

static ENGLISH: Words = LazyLock::new(|| {
    set("a about am an and any are as at be been being but by can cannot cant could couldnt did didnt do does doesnt \
         doing dont for from had has hasnt have having he her hers him his i id if ill im in into is isnt it its ive \
         just me my of on or our ours shall she should so some such than that thats the their theirs them then there \
         these they theyre this those to too us very was wasnt we were will with wont would you your youre yours")
});

// What a question asks with. Dropped from questions only: a document may be about them.
static ASKING_FRENCH: Words = LazyLock::new(|| {
    set("combien comment difference dois doit doivent est-ce lequel laquelle lesquels lesquelles ou pourquoi pourrait \
         puis-je quand quel quelle quelles quels quelqu quoi savoir veut veux dire")
});

static ASKING_ENGLISH: Words = LazyLock::new(|| {
    set("how what whats when where wheres which who whos whom whose why many much may might must need tell know")
});

static ELISIONS: Words = LazyLock::new(|| set("c d j l m n s t qu jusqu lorsqu puisqu quoiqu presqu quelqu entr"));
static INSEPARABLE: Words = LazyLock::new(|| set("aujourd prud presqu quelqu entr"));

pub(crate) fn is_stop_word(word: &str, language: Language) -> bool {
    match language {
        Language::Fr => FRENCH.contains(word),
        Language::En => ENGLISH.contains(word),
        Language::Other => false,
    }
}

pub(crate) fn is_question_word(word: &str, language: Language) -> bool {
    match language {
        Language::Fr => ASKING_FRENCH.contains(word),
        Language::En => ASKING_ENGLISH.contains(word),
        Language::Other => false,
    }
}

pub(crate) fn is_elision(part: &str) -> bool {
    ELISIONS.contains(part)
}

pub(crate) fn is_inseparable(part: &str) -> bool {
    INSEPARABLE.contains(part)
}
