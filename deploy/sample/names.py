"""Invented names of places and people; no district, school or family is meant."""

_PLACE_STARTS = (
    "Alder", "Amber", "Ash", "Bay", "Bell", "Birch", "Black", "Bright", "Brook", "Cane", "Cedar", "Clear",
    "Copper", "Cross", "Dove", "Elder", "Elm", "Fair", "Fern", "Fox", "Glen", "Gold", "Gray", "Green", "Hazel",
    "Heron", "High", "Indigo", "Iron", "Juniper", "Kings", "Lake", "Laurel", "Linden", "Long", "Maple", "Marsh",
    "Mill", "Moss", "North", "Oak", "Old", "Otter", "Pecan", "Pine", "Plum", "Quail", "Red", "Rose", "Silver",
    "Spring", "Stone", "Sun", "Sweet", "Tall", "Thorn", "Timber", "Violet", "Walnut", "Willow",
)  # fmt: skip
_PLACE_ENDS = (
    " Bend", "bluff", " Bottom", " Branch", "brook", " Creek", " Crossing", "dale", " Ferry", "field", "ford",
    " Grove", " Hollow", " Landing", " Meadow", " Point", " Prairie", " Ridge", " Springs", "ton", "wood",
)  # fmt: skip
FIRST_NAMES_GIRL = (
    "Abria", "Adelyn", "Amara", "Anya", "Ariel", "Briar", "Brielle", "Camryn", "Carys", "Celia", "Dahlia", "Delia",
    "Eden", "Elara", "Elise", "Esme", "Fiona", "Gemma", "Hadley", "Imani", "Ines", "Isla", "Jada", "Janelle",
    "Jolie", "Kaia", "Keira", "Kenya", "Laila", "Leona", "Lina", "Lucia", "Maren", "Marisol", "Mila", "Nadia",
    "Naomi", "Nia", "Noor", "Odessa", "Opal", "Paloma", "Pilar", "Quinn", "Raina", "Renata", "Rosa", "Sabra",
    "Selah", "Sonia", "Talia", "Thea", "Uma", "Vera", "Viola", "Willa", "Ximena", "Yara", "Zadie", "Zora",
)  # fmt: skip
FIRST_NAMES_BOY = (
    "Abel", "Adrian", "Alonzo", "Amos", "Asher", "August", "Beau", "Bryce", "Cade", "Calvin", "Cedric", "Colby",
    "Dario", "Darnell", "Davion", "Desmond", "Diego", "Eli", "Emmett", "Ezra", "Felix", "Gideon", "Grady", "Hank",
    "Hugo", "Ira", "Isaiah", "Jabari", "Jasper", "Joaquin", "Jonah", "Kendrick", "Knox", "Lamar", "Leo", "Levi",
    "Luca", "Malik", "Marcus", "Mateo", "Micah", "Miles", "Nolan", "Omar", "Orson", "Otis", "Percy", "Quincy",
    "Rafael", "Reid", "Roman", "Rufus", "Silas", "Tobias", "Trey", "Tyrell", "Vance", "Wade", "Xavier", "Zeke",
)  # fmt: skip
_FAMILY_STARTS = (
    "Al", "Bar", "Bel", "Bren", "Cal", "Car", "Cor", "Dal", "Dor", "El", "Fal", "Gar", "Hal", "Har", "Hol", "Jar",
    "Kel", "Lan", "Lor", "Mar", "Mel", "Nor", "Or", "Pem", "Quil", "Ran", "Ros", "Sel", "Tan", "Thar", "Var", "Wen",
)  # fmt: skip
_FAMILY_ENDS = (
    "bert", "bury", "cott", "dane", "den", "do", "fax", "gan", "ias", "ington", "kin", "lane", "lock", "mont", "ner",
    "quist", "rath", "rez", "ridge", "son", "stead", "tez", "ton", "vale", "wick", "worth",
)  # fmt: skip
FAMILY_NAMES = tuple(start + end for start in _FAMILY_STARTS for end in _FAMILY_ENDS)
PLACES = len(_PLACE_STARTS) * len(_PLACE_ENDS)


def place(number: int) -> str:
    """The name of the place with this number; beyond the words there are, places are numbered."""
    turn, start = divmod(number, len(_PLACE_STARTS))
    round_, end = divmod(turn, len(_PLACE_ENDS))
    # the ends are stepped through so that neighbours in the list do not all end alike
    name = _PLACE_STARTS[start] + _PLACE_ENDS[(end + start * 8) % len(_PLACE_ENDS)]
    return name if round_ == 0 else f"{name} {round_ + 1}"
