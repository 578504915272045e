// Draws the page, and follows the address.

const PRINTED = 200;

buildOutcomes();
buildMatrix();
buildClauses();
buildFindings();
buildFilter();
buildList();
addEventListener("popstate", readAddress);
readAddress();

// On paper nothing can be opened: what failed is printed open.
addEventListener("beforeprint", () => {
  const open = listed.slice(0, PRINTED).filter(fails).length;
  makeUpTo(Math.max(made, open));
  for (let index = 0; index < open; index += 1) openTrial(byId("list").children[index], listed[index]);
});
