namespace deskfall {}
