# tests of fakedrv
