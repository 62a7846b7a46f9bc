// Command devtool does the chores of the repository: it runs tests and sums them up, writes the reference pages from the code,
// and checks that what is generated is up to date.
//
// It is not part of the product and nothing imports it; make and CI call it. A check of it either passes, or says what to run.
package main
